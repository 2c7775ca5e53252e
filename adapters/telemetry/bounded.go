package telemetry

import (
	"cmp"
	"sync"

	"github.com/adiuva/cloud/domain/chat"
)

// bounded keeps the values of a label few where they come from elsewhere: the first so many are shown as they are, and
// each that comes later as other.
type bounded struct {
	most int
	mu   sync.Mutex
	seen map[string]bool // guarded by mu
}

// value is what stands for a name of a model.
func (b *bounded) value(name string) string {
	name = cmp.Or(chat.ModelName(name), "unknown")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[name] {
		return name
	}
	if len(b.seen) >= b.most {
		return "other"
	}
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[name] = true
	return name
}
