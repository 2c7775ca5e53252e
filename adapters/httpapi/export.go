package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/domain/record"
)

// export is the account as contract.AccountExport, whose records are written while they are read.
func export(e accounts.Export) answer {
	sessions := make([]contract.ExportedSession, 0, len(e.Sessions))
	for _, s := range e.Sessions {
		sessions = append(sessions, contract.ExportedSession{ID: s.ID, Device: s.Device, CreatedAt: millis(s.CreatedAt),
			LastUsedAt: millis(s.LastUsedAt), ExpiresAt: millis(s.ExpiresAt)})
	}
	head := contract.AccountExport{
		Profile: contract.ExportedProfile{ID: e.ID, Email: e.Email, Tier: string(e.Tier), Role: string(e.Role),
			CreatedAt: millis(e.CreatedAt), UpdatedAt: millis(e.UpdatedAt)},
		Sessions: sessions,
		Usage:    contract.ExportedUsage{RecordBytes: e.Usage.RecordBytes, BackupBytes: e.Usage.BackupBytes},
		Records:  []contract.RecordMeta{},
	}
	next, stop := iter.Pull2(e.Records)
	return answer{
		mediaType: jsonType, size: -1, body: &exportReader{head: head, next: next, stop: stop},
		headers: map[string]string{"Content-Disposition": `attachment; filename="adiuva-export.json"`},
	}
}

// exportReader holds one record at a time.
type exportReader struct {
	head    contract.AccountExport
	next    func() (record.Meta, error, bool)
	stop    func()
	buf     bytes.Buffer
	started bool
	count   int
	ended   bool
}

// Read implements io.Reader.
func (r *exportReader) Read(p []byte) (int, error) {
	for r.buf.Len() == 0 {
		if r.ended {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	return r.buf.Read(p)
}

// fill adds the next piece. The empty list of records is the end of the head, so records go in before its last two
// brackets.
func (r *exportReader) fill() error {
	if !r.started {
		r.started = true
		text, err := json.Marshal(r.head)
		if err != nil {
			return err
		}
		r.buf.Write(bytes.TrimSuffix(text, []byte("]}")))
		return nil
	}
	m, err, ok := r.next()
	if !ok {
		r.ended = true
		r.buf.WriteString("]}")
		return nil
	}
	if err != nil {
		return err
	}
	if r.count++; r.count > 1 {
		r.buf.WriteByte(',')
	}
	text, err := json.Marshal(recordMeta(m))
	if err != nil {
		return err
	}
	r.buf.Write(text)
	return nil
}

// Close implements io.Closer.
func (r *exportReader) Close() error {
	r.stop()
	return nil
}
