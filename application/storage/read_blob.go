package storage

import (
	"bytes"
	"context"
	"fmt"
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
	UserID      string
	ID          string
	IfNoneMatch string // an If-None-Match header: the bytes are not wanted if the record still has this etag
}

// ReadBlobOutput is a record with its bytes.
type ReadBlobOutput struct {
	Record record.Meta
	// Current says that the client has this version: there is no Body then.
	Current bool
	// Body yields exactly Record.SizeBytes bytes with Record.Checksum, or fails with Internal before they are complete. The
	// caller closes it.
	Body io.ReadCloser
}

const (
	// openAttempts is how often the row is read again because its object was replaced and swept in between.
	openAttempts = 3
	// heldBytes is the largest record that is held while it is verified; a larger one is read twice instead, so that many
	// downloads at once cost time and not memory.
	heldBytes = 1 << 20
)

// Execute opens the current version, verified from its first byte to its last before it answers. NotFound if the user
// has no such record. A row whose object is missing, has another size or is rotten is Internal: the store has lost what
// was acknowledged.
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
		if m.Known(in.IfNoneMatch) {
			return ReadBlobOutput{Record: m, Current: true}, nil
		}
		body, err := u.verified(ctx, m)
		if fault.Is(err, fault.NotFound) {
			continue // replaced since: the grace for readers makes this rare
		}
		if fault.Is(err, fault.Internal) { // an operator has to find it
			err = fault.Wrap(fmt.Errorf("object %s: %w", m.Key, err), fault.Internal, "The stored bytes of this record are damaged.")
		}
		if err != nil {
			return ReadBlobOutput{}, err
		}
		return ReadBlobOutput{Record: m, Body: body}, nil
	}
	return ReadBlobOutput{}, fault.Wrap(fmt.Errorf("object %s is missing", m.Key), fault.Internal, "The stored bytes of this record are missing.")
}

// verified reads the object to its end once, then gives its bytes.
func (u *ReadBlob) verified(ctx context.Context, m record.Meta) (io.ReadCloser, error) {
	body, err := u.open(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	if m.SizeBytes > heldBytes {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return nil, err
		}
		return u.open(ctx, m)
	}
	held, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(held)), nil
}

// open reads what the row promises: the object store checks its own promise, too.
func (u *ReadBlob) open(ctx context.Context, m record.Meta) (io.ReadCloser, error) {
	body, size, err := u.Blobs.Open(ctx, m.Key)
	if err != nil {
		return nil, err
	}
	if size != m.SizeBytes {
		_ = body.Close()
		return nil, fault.New(fault.Internal, "The stored bytes of this record are damaged.")
	}
	return struct {
		io.Reader
		io.Closer
	}{checksum.Stored(body, size, m.Checksum), body}, nil
}

// knownID is the id that a client refers to by its path. What cannot be an id is the id of nothing.
func knownID(s string) (string, error) {
	id, err := record.ParseID("path.id", s)
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "There is no record with this id.")
	}
	return id, nil
}
