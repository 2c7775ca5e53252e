package flatvector

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/adiuva/cloud/domain/vector"
)

// place is the points of one place in memory, as its log told when it was read.
type place struct {
	key  vector.Place
	name string // of its log

	mu      sync.RWMutex
	seen    os.FileInfo // the log as it was read; nil if there was none, or nothing was read. Guarded by mu, as all below
	read    bool
	size    int64            // of the log that is whole
	entries int              // in the log
	at      map[[16]byte]int // a point's index in ids
	ids     [][16]byte
	numbers []float32 // of all points, one after another
}

func newPlace(p vector.Place) *place { return &place{key: p, name: nameOf(p)} }

// bytes is about how much memory it takes.
func (p *place) bytes() int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return int64(cap(p.numbers))*4 + int64(cap(p.ids))*64 + 512
}

// current makes it what the log tells now.
func (p *place) current(root *os.Root) error {
	p.mu.RLock()
	fresh, err := p.fresh(root)
	p.mu.RUnlock()
	if err != nil || fresh {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refresh(root)
}

// fresh reports whether the log is the one that was read.
func (p *place) fresh(root *os.Root) (bool, error) {
	if !p.read {
		return false, nil
	}
	info, err := root.Stat(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		return p.seen == nil, nil
	}
	if err != nil {
		return false, err
	}
	return p.seen != nil && os.SameFile(info, p.seen) && info.Size() == p.seen.Size() && info.ModTime().Equal(p.seen.ModTime()), nil
}

// refresh reads the log if it is another than the one that was read.
func (p *place) refresh(root *os.Root) error {
	if fresh, err := p.fresh(root); err != nil || fresh {
		return err
	}
	p.forget()
	f, err := root.Open(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		p.read = true
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p.size, err = replay(f, p.key.Dimension, p.apply)
	if err != nil {
		p.forget()
		return err
	}
	p.read, p.seen = true, info
	return nil
}

// forget lets go of all that was read.
func (p *place) forget() {
	p.seen, p.read, p.size, p.entries = nil, false, 0, 0
	p.at, p.ids, p.numbers = map[[16]byte]int{}, nil, nil
}

// apply does what an entry says.
func (p *place) apply(e entry) {
	p.entries++
	i, there := p.at[e.id]
	d := p.key.Dimension
	switch {
	case e.kind == added && there:
		copy(p.numbers[i*d:], e.embedding)
	case e.kind == added:
		p.at[e.id] = len(p.ids)
		p.ids = append(p.ids, e.id)
		p.numbers = append(p.numbers, e.embedding...)
	case there: // the last one takes its place
		last := len(p.ids) - 1
		copy(p.numbers[i*d:(i+1)*d], p.numbers[last*d:])
		p.ids[i] = p.ids[last]
		p.at[p.ids[i]] = i
		delete(p.at, e.id)
		p.ids, p.numbers = p.ids[:last], p.numbers[:last*d]
	}
}

// A log is written anew when it has more than idleEntries that say nothing any more, and they are the most of it.
const idleEntries = 256

// append writes entries to the log, and then does what they say. A failure lets go of what was read, so that the log
// decides next time.
func (p *place) append(root *os.Root, entries []entry) (err error) {
	defer func() {
		if err != nil {
			p.forget()
		}
	}()
	var b []byte
	var news []entry
	for _, e := range entries {
		if _, there := p.at[e.id]; there == (e.kind == deleted) {
			b, news = e.encode(b), append(news, e)
		}
	}
	if len(news) == 0 {
		return nil
	}
	if err := appendTo(root, p.name, p.size, b); err != nil {
		return err
	}
	p.size += int64(len(b))
	for _, e := range news {
		p.apply(e)
	}
	if err := p.compact(root); err != nil {
		return err
	}
	p.seen, err = root.Stat(p.name)
	if errors.Is(err, fs.ErrNotExist) && len(p.ids) == 0 {
		p.seen, err = nil, nil
	}
	return err
}

// compact writes the log anew if that is worth it, or removes it if there is nothing left.
func (p *place) compact(root *os.Root) error {
	if len(p.ids) == 0 {
		if err := drop(root, p.name); err != nil {
			return err
		}
		p.forget()
		p.read = true
		return nil
	}
	if idle := p.entries - len(p.ids); idle <= idleEntries || idle < len(p.ids) {
		return nil
	}
	d := p.key.Dimension
	b := make([]byte, 0, len(p.ids)*entryBytes(added, d))
	for i, id := range p.ids {
		b = entry{kind: added, id: id, embedding: p.numbers[i*d : (i+1)*d]}.encode(b)
	}
	if err := rewrite(root, p.name, b); err != nil {
		return err
	}
	p.size, p.entries = int64(len(b)), len(p.ids)
	return nil
}

// patience is how many points are looked at before the context is.
const patience = 4096

// search looks at every point.
func (p *place) search(ctx context.Context, query vector.Embedding, k int) ([]vector.Hit, error) {
	d := p.key.Dimension
	best := make([]candidate, 0, min(k, len(p.ids)))
	for i := range p.ids {
		if i%patience == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c := candidate{i, product(query, p.numbers[i*d:(i+1)*d])}
		switch {
		case len(best) < k:
			best = append(best, c)
			up(best)
		case c.score > best[0].score:
			best[0] = c
			down(best)
		}
	}
	hits := make([]vector.Hit, 0, len(best))
	for _, c := range best {
		hits = append(hits, vector.Hit{PointID: formatID(p.ids[c.at]), Score: min(1, max(-1, float64(c.score)))})
	}
	vector.BestFirst(hits)
	return hits, nil
}

// product is the sum of products, four at a time, which the processor does side by side.
func product(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

// candidate is a point by its index.
type candidate struct {
	at    int
	score float32
}

// up and down keep a heap of candidates whose first has the smallest score: up moves the last one to its place, down the
// first.

func up(heap []candidate) {
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if heap[parent].score <= heap[i].score {
			return
		}
		heap[parent], heap[i] = heap[i], heap[parent]
		i = parent
	}
}

func down(heap []candidate) {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1].score < heap[child].score {
			child++
		}
		if heap[i].score <= heap[child].score {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}
