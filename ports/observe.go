package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// Observer is told what use cases do, for logs, metrics and traces. It never sees an input or an output.
type Observer interface {
	// Start is called when a use case begins; the returned context carries its trace.
	Start(ctx context.Context, useCase string) context.Context
	// End is called with the same name when it is over. code is empty for success; err is for the log and only when code
	// says that the fault is ours or a dependency's.
	End(ctx context.Context, useCase string, took time.Duration, code fault.Code, err error)
	// Withheld is called for each part of an answer that was kept from the client: what kind it was, never the text.
	Withheld(ctx context.Context, w chat.Withheld)
	// Opened is called when something of this kind begins that stays open for a while (websocket, agui); the returned
	// function, when it is over.
	Opened(ctx context.Context, kind string) (closed func())
}
