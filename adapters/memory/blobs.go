package memory

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Blobs = (*Blobs)(nil)

// Blobs are stored objects. They live and die with the process.
type Blobs struct {
	mu      sync.Mutex
	objects map[string]object // guarded by mu
}

// object is what is stored under a key. Its bytes are never changed, only replaced.
type object struct {
	bytes []byte
	sum   checksum.Sum
}

// NewBlobs is an empty store.
func NewBlobs() *Blobs { return &Blobs{objects: map[string]object{}} }

// Put implements ports.Blobs.
func (b *Blobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	if err := errors.Join(record.CheckKey(key), context.Cause(ctx)); err != nil {
		return err
	}
	content, err := io.ReadAll(checksum.Exactly(body, size, sum))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[key] = object{content, sum}
	return nil
}

// Open implements ports.Blobs.
func (b *Blobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	if err := errors.Join(record.CheckKey(key), context.Cause(ctx)); err != nil {
		return nil, 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[key]
	if !ok {
		return nil, 0, fault.New(fault.NotFound, "There is no such object.")
	}
	size := int64(len(o.bytes))
	return io.NopCloser(checksum.Stored(bytes.NewReader(o.bytes), size, o.sum)), size, nil
}

// OpenRange implements ports.Blobs.
func (b *Blobs) OpenRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(record.CheckKey(key), context.Cause(ctx)); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no such object.")
	}
	return io.NopCloser(checksum.Complete(bytes.NewReader(o.bytes[min(offset, int64(len(o.bytes))):]), length)), nil
}

// Delete implements ports.Blobs.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	if err := errors.Join(record.CheckKey(key), context.Cause(ctx)); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

// Keys are the keys of all objects, in order: what a test of the application checks for orphans.
func (b *Blobs) Keys() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.objects))
}

// Rot changes one bit of an object, as a failing disk does. An object without bytes has none to change.
func (b *Blobs) Rot(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o, ok := b.objects[key]; ok && len(o.bytes) > 0 {
		o.bytes = slices.Clone(o.bytes)
		o.bytes[len(o.bytes)/2] ^= 1
		b.objects[key] = o
	}
}
