package storage

import (
	"context"
	"io"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// ReadBlob gives a record back. It works in every tier.
type ReadBlob struct {
	Records ports.Records
	Blobs   ports.Blobs
}

// ReadBlobInput names a record.
type ReadBlobInput struct {
	UserID string
	ID     string
}

// ReadBlobOutput is a record with its bytes.
type ReadBlobOutput struct {
	Record record.Meta
	// Body yields exactly Record.SizeBytes bytes with Record.Checksum, or fails with Internal before they are complete. The
	// caller closes it.
	Body io.ReadCloser
}

// openAttempts is how often the row is read again because its object was replaced and swept in between.
const openAttempts = 3

// Execute opens the current version. NotFound if the user has no such record. A row whose object is missing or has
// another size is Internal: the store has lost what was acknowledged.
func (u *ReadBlob) Execute(ctx context.Context, in ReadBlobInput) (ReadBlobOutput, error) {
	id, err := knownID(in.ID)
	if err != nil {
		return ReadBlobOutput{}, err
	}
	var m record.Meta
	for range openAttempts {
		previous := m.Key
		if m, err = u.Records.Find(ctx, in.UserID, id); err != nil {
			return ReadBlobOutput{}, err
		}
		if m.Key == previous {
			break // the row still names what is not there
		}
		body, size, err := u.Blobs.Open(ctx, m.Key)
		if fault.Is(err, fault.NotFound) {
			continue // replaced since: the grace for readers makes this rare
		}
		if err != nil {
			return ReadBlobOutput{}, err
		}
		if size != m.SizeBytes {
			_ = body.Close()
			return ReadBlobOutput{}, fault.New(fault.Internal, "The stored bytes of this record are damaged.")
		}
		return ReadBlobOutput{m, verified{checksum.Stored(body, size, m.Checksum), body}}, nil
	}
	return ReadBlobOutput{}, fault.New(fault.Internal, "The stored bytes of this record are missing.")
}

// verified reads what the row promises: the object store has checked its own promise already.
type verified struct {
	io.Reader
	io.Closer
}

// knownID is the id that a client refers to by its path. What cannot be an id is the id of nothing.
func knownID(s string) (string, error) {
	id, err := record.ParseID("path.id", s)
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "There is no record with this id.")
	}
	return id, nil
}
