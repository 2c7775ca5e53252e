// Package usecase is the driving port: what every use case looks like from outside, and the one decorator around it.
//
// It imports domain and ports. Start at UseCase and Observe.
package usecase

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// UseCase is one thing that the product does.
type UseCase[In, Out any] interface {
	Execute(ctx context.Context, in In) (Out, error)
}

// Observe runs u and reports its name, duration and outcome: never its input or output. A panic is reported as Internal,
// and goes on.
func Observe[In, Out any](ctx context.Context, o ports.Observer, name string, u UseCase[In, Out], in In) (Out, error) {
	start := time.Now()
	ctx = o.Start(ctx, name)
	returned := false
	defer func() {
		if !returned {
			o.End(ctx, name, time.Since(start), fault.Internal, nil)
		}
	}()
	out, err := u.Execute(ctx, in)
	returned = true
	o.End(ctx, name, time.Since(start), fault.CodeOf(err), err)
	return out, err
}
