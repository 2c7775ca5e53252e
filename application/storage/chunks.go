package storage

import (
	"context"
	"fmt"
	"io"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// chunkAttempts is how often a chunk is asked for. A client that reads slowly lets the connection to the store rest, and
// some stores close one that does.
const chunkAttempts = 3

// chunks is a part of a backup, read chunk by chunk. It holds one, and gives no byte of it before all of it is verified.
type chunks struct {
	ctx   context.Context //nolint:containedctx // a reader has no other way to hear of it
	blobs ports.Blobs
	m     backup.Meta
	next  int64 // the chunk to read
	end   int64 // of the chunks that are wanted
	left  int64 // bytes to give

	src   io.ReadCloser // from the beginning of next on; nil if it has to be opened
	buf   []byte
	ready []byte // of buf, what was not given yet
	err   error  // what every further Read answers
}

// openChunks verifies the first chunk of the part. NotFound if there is no object.
func openChunks(ctx context.Context, blobs ports.Blobs, m backup.Meta, part backup.Part) (io.ReadCloser, error) {
	if part.Length == 0 { // an empty backup has no chunk
		return blobs.OpenRange(ctx, m.Key, 0, 0)
	}
	c := &chunks{
		ctx: ctx, blobs: blobs, m: m, next: part.Offset / m.ChunkBytes, end: (part.Offset+part.Length-1)/m.ChunkBytes + 1,
		left: part.Length, buf: make([]byte, min(m.ChunkBytes, m.SizeBytes)),
	}
	skip := part.Offset % m.ChunkBytes
	if err := c.load(); err != nil {
		_ = c.Close()
		return nil, err
	}
	c.ready = c.ready[skip:]
	return c, nil
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	if len(c.ready) == 0 && c.err == nil {
		c.err = c.load()
	}
	if c.err != nil {
		return 0, c.err
	}
	n := copy(p[:min(int64(len(p)), c.left)], c.ready)
	c.ready = c.ready[n:]
	c.left -= int64(n)
	return n, nil
}

// load reads the next chunk and verifies it.
func (c *chunks) load() (err error) {
	for range chunkAttempts {
		if err = c.fetch(); !fault.Is(err, fault.Unavailable) || c.ctx.Err() != nil {
			break
		}
	}
	if fault.Is(err, fault.Internal) { // an operator has to find it
		return fault.Wrap(fmt.Errorf("object %s, chunk %d: %w", c.m.Key, c.next, err), fault.Internal, "The stored bytes of this backup are damaged.")
	}
	c.next++
	return err
}

// fetch fills the buffer with the next chunk. After a failure it begins anew, so that an attempt more is an honest one.
func (c *chunks) fetch() (err error) {
	defer func() {
		if err != nil {
			_ = c.Close()
		}
	}()
	from := c.next * c.m.ChunkBytes
	if c.src == nil {
		to := min(c.end*c.m.ChunkBytes, c.m.SizeBytes)
		if c.src, err = c.blobs.OpenRange(c.ctx, c.m.Key, from, to-from); err != nil {
			c.src = nil
			return err
		}
	}
	c.ready = c.buf[:min(c.m.ChunkBytes, c.m.SizeBytes-from)]
	if _, err := io.ReadFull(c.src, c.ready); err != nil {
		return err
	}
	if !checksum.Of(c.ready).Equal(c.m.Sums[c.next]) {
		return fault.New(fault.Internal, "The stored bytes are damaged.")
	}
	return nil
}

// Close implements io.Closer.
func (c *chunks) Close() error {
	c.ready = nil
	if c.src == nil {
		return nil
	}
	src := c.src
	c.src = nil
	return src.Close()
}
