package ports

import (
	"context"
	"io"

	"github.com/adiuva/cloud/domain/checksum"
)

// Blobs are stored objects: opaque bytes under a key that is written once. Keys are made by domain/record; they are
// segments of letters, digits, '-' and '_' joined by '/' (record.CheckKey). Any other key is a ValidationFailed.
// Whoever makes keys sees to it that none is the folder of another (a/b and a/b/c): some stores cannot keep both.
type Blobs interface {
	// Put stores size bytes of body under key, or with checksum.Unknown all that there are. ChecksumMismatch if they do not
	// have the sum, ValidationFailed if there are more or fewer than size; StorageFull if there is no room; the error of
	// body if it fails. It holds no more than a part of the body at a time. After an error, and when
	// ctx ends, nothing can be read under key that could not be read before, unless all bytes were sent and the answer
	// got lost (Unavailable): then the whole object may be there. When Put returns nil the bytes survive a crash of the
	// server and of the store. A second Put of a key replaces the object whole.
	Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error
	// Open reads an object from its start. NotFound if there is none. The reader yields exactly size bytes, and fails with
	// Internal in place of its end when they do not have the sum that they were stored with.
	Open(ctx context.Context, key string) (body io.ReadCloser, size int64, err error)
	// OpenRange reads length bytes of an object from offset on, both of which are 0 or more, as they are stored: it cannot
	// verify them, for the sum is one of the whole. NotFound if there is none. The reader yields exactly length bytes; it
	// fails with Internal in place of its end, or OpenRange does, when the object has fewer.
	OpenRange(ctx context.Context, key string, offset, length int64) (body io.ReadCloser, err error)
	// Delete removes an object. Deleting one that is not there is no error. A reader that is open may go on or fail, but
	// never yields other bytes.
	Delete(ctx context.Context, key string) error
}
