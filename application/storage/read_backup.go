package storage

import (
	"context"
	"fmt"
	"io"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// ReadBackup gives a backup back, or a part of one. It works in every tier.
type ReadBackup struct {
	Backups ports.Backups
	Blobs   ports.Blobs
}

// ReadBackupInput names a backup and what is wanted of it.
type ReadBackupInput struct {
	UserID     string
	ID         string // empty for the newest
	Conditions backup.Conditions
	Wanted     backup.Wanted
}

// ReadBackupOutput is a backup with bytes of it.
type ReadBackupOutput struct {
	Backup backup.Meta
	// Current says that the client has this backup: there is no Body then.
	Current bool
	Part    backup.Part // what Body holds
	Partial bool        // in answer to a range
	// Body yields exactly the bytes of Part. Each chunk is verified before a byte of it is given: if one is damaged Body
	// fails with Internal before it. The caller closes it.
	Body io.ReadCloser
}

// Execute opens the backup, with its first chunk verified. NotFound if the user has none, or not this one;
// RangeNotSatisfiable (with size_bytes) for a range behind its end. A row whose object is missing or damaged is Internal:
// the store has lost what was acknowledged.
func (u *ReadBackup) Execute(ctx context.Context, in ReadBackupInput) (ReadBackupOutput, error) {
	var m backup.Meta
	for range openAttempts {
		previous := m.Key
		var err error
		if m, err = u.find(ctx, in); err != nil {
			return ReadBackupOutput{}, err
		}
		if m.Key == previous {
			break // the row still names what is not there
		}
		if m.Known(in.Conditions) {
			return ReadBackupOutput{Backup: m, Current: true}, nil
		}
		part, partial, err := m.Part(in.Wanted)
		if err != nil {
			return ReadBackupOutput{}, err
		}
		body, err := openChunks(ctx, u.Blobs, m, part)
		if fault.Is(err, fault.NotFound) {
			continue // deleted since: the grace for readers makes this rare
		}
		if err != nil {
			return ReadBackupOutput{}, err
		}
		return ReadBackupOutput{Backup: m, Part: part, Partial: partial, Body: body}, nil
	}
	return ReadBackupOutput{}, fault.Wrap(fmt.Errorf("object %s is missing", m.Key), fault.Internal, "The stored bytes of this backup are missing.")
}

func (u *ReadBackup) find(ctx context.Context, in ReadBackupInput) (backup.Meta, error) {
	if in.ID == "" {
		m, err := u.Backups.Newest(ctx, in.UserID)
		if fault.Is(err, fault.NotFound) {
			err = fault.Wrap(err, fault.NotFound, "There is no backup yet.")
		}
		return m, err
	}
	id, err := knownBackup(in.ID)
	if err != nil {
		return backup.Meta{}, err
	}
	return u.Backups.Find(ctx, in.UserID, id)
}

// knownBackup is the id that a client refers to by its path. What cannot be an id is the id of nothing.
func knownBackup(s string) (string, error) {
	id, err := record.ParseID("path.id", s)
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "There is no backup with this id.")
	}
	return id, nil
}
