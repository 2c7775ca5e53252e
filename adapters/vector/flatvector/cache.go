package flatvector

import (
	"container/list"
	"sync"

	"github.com/adiuva/cloud/domain/vector"
)

// cache holds the places that are in use, and of the others as many as fit: the ones that were used last.
type cache struct {
	limit int64

	mu     sync.Mutex
	held   map[vector.Place]*holding // guarded by mu, as all below
	unused *list.List                // of *holding, the one that was used last in front
	bytes  int64                     // of the unused ones
}

// holding is a place in the cache.
type holding struct {
	place  *place
	users  int
	bytes  int64         // that it is counted with while it is unused
	unused *list.Element // nil while somebody uses it
}

func newCache(limit int64) cache {
	return cache{limit: limit, held: map[vector.Place]*holding{}, unused: list.New()}
}

// take is the one place in memory for p, until it is given back.
func (c *cache) take(p vector.Place) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.held[p]
	if h == nil {
		h = &holding{place: newPlace(p)}
		c.held[p] = h
	}
	if h.unused != nil {
		c.unused.Remove(h.unused)
		c.bytes -= h.bytes
		h.unused = nil
	}
	h.users++
	return h.place
}

// giveBack ends a use, and lets places go that do not fit any more.
func (c *cache) giveBack(p *place) {
	size := p.bytes()
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.held[p.key]
	if h.users--; h.users > 0 {
		return
	}
	h.bytes = size
	h.unused = c.unused.PushFront(h)
	for c.bytes += size; c.bytes > c.limit && c.unused.Len() > 0; {
		oldest, _ := c.unused.Remove(c.unused.Back()).(*holding) // it holds nothing else
		c.bytes -= oldest.bytes
		delete(c.held, oldest.place.key)
	}
}
