package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
)

// export is the account as contract.AccountExport, whose lists are written while they are read.
func export(e accounts.Export) answer {
	sessions := make([]contract.ExportedSession, 0, len(e.Sessions))
	for _, s := range e.Sessions {
		sessions = append(sessions, contract.ExportedSession{ID: s.ID, Device: s.Device, CreatedAt: millis(s.CreatedAt),
			LastUsedAt: millis(s.LastUsedAt), ExpiresAt: millis(s.ExpiresAt)})
	}
	spent := make([]contract.LLMUsage, 0, len(e.Spent))
	for _, s := range e.Spent {
		spent = append(spent, contract.LLMUsage{Day: s.Day, Model: s.Model, Calls: s.Calls, PromptTokens: s.Prompt, CompletionTokens: s.Written,
			EstimatedCalls: s.Estimated})
	}
	head := contract.AccountExport{
		Profile: contract.ExportedProfile{ID: e.ID, Email: e.Email, Tier: string(e.Tier), Role: string(e.Role),
			CreatedAt: millis(e.CreatedAt), UpdatedAt: millis(e.UpdatedAt)},
		Sessions: sessions,
		Usage:    contract.ExportedUsage{RecordBytes: e.Usage.RecordBytes, BackupBytes: e.Usage.BackupBytes},
		LLMUsage: spent,
		Records:  []contract.RecordMeta{},
		Backups:  []contract.BackupMetadata{},
		Vectors:  []contract.ExportedVector{},
	}
	return answer{
		mediaType: jsonType, size: -1,
		body: &exportReader{head: head, lists: []exportList{
			listOf("records", e.Records, recordMeta), listOf("backups", e.Backups, backupMetadata), listOf("vectors", e.Vectors, exportedVector),
		}},
		headers: map[string]string{"Content-Disposition": `attachment; filename="adiuva-export.json"`},
	}
}

// exportList is one list of the export.
type exportList struct {
	name string
	next func() (text []byte, err error, ok bool)
	stop func()
}

func listOf[M, R any](name string, all iter.Seq2[M, error], shape func(M) R) exportList {
	next, stop := iter.Pull2(all)
	return exportList{name, func() ([]byte, error, bool) {
		m, err, ok := next()
		if !ok || err != nil {
			return nil, err, ok
		}
		text, err := json.Marshal(shape(m))
		return text, err, true
	}, stop}
}

// exportReader holds one row at a time.
type exportReader struct {
	head    contract.AccountExport
	lists   []exportList // as they end the head, where they are empty
	buf     bytes.Buffer
	started bool
	list    int // that is being written
	count   int // of its rows so far
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

// fill adds the next piece.
func (r *exportReader) fill() error {
	switch {
	case !r.started:
		r.started = true
		return r.begin()
	case r.list == len(r.lists):
		r.ended = true
		r.buf.WriteByte('}')
		return nil
	}
	l := r.lists[r.list]
	if r.count == 0 {
		r.buf.WriteString(`,"` + l.name + `":[`)
	}
	text, err, ok := l.next()
	if err != nil {
		return err
	}
	if !ok {
		r.buf.WriteByte(']')
		r.list, r.count = r.list+1, 0
		return nil
	}
	if r.count++; r.count > 1 {
		r.buf.WriteByte(',')
	}
	r.buf.Write(text)
	return nil
}

// begin writes the head without the lists that end it.
func (r *exportReader) begin() error {
	text, err := json.Marshal(r.head)
	if err != nil {
		return err
	}
	var end bytes.Buffer
	for _, l := range r.lists {
		end.WriteString(`,"` + l.name + `":[]`)
	}
	end.WriteByte('}')
	r.buf.Write(bytes.TrimSuffix(text, end.Bytes()))
	return nil
}

// Close implements io.Closer.
func (r *exportReader) Close() error {
	for _, l := range r.lists {
		l.stop()
	}
	return nil
}
