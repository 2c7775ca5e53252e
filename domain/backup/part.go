package backup

import (
	"strconv"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// Part is a run of a backup's bytes.
type Part struct {
	Offset int64
	Length int64 // at least 1, but for the whole of an empty backup
}

// Whole is all of the backup.
func (m Meta) Whole() Part { return Part{0, m.SizeBytes} }

// Wanted is the range that a client asks for (RFC 9110, 14). The zero value asks for all.
type Wanted struct {
	Range string // the header: bytes=0-99, bytes=100-, bytes=-100
	// IfRange asks for the range only if the backup is still the one that its beginning is of, and for all of it
	// otherwise: an entity tag, or a date that httpapi has read into IfRangeDate.
	IfRange     string
	IfRangeDate time.Time // zero if IfRange is none
}

// Part is what to send, and whether it is a part in answer to a range. Whatever is no single range of bytes that can be
// read is not looked at, as if all had been asked for; that goes for several ranges too. RangeNotSatisfiable (with
// size_bytes) if it is one, and begins behind the end of the backup.
func (m Meta) Part(w Wanted) (p Part, partial bool, err error) {
	spec, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(w.Range)), "bytes=")
	if !ok || !m.continues(w) {
		return m.Whole(), false, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || first == "" && last == "" || !digits(first) || !digits(last) {
		return m.Whole(), false, nil
	}
	if first == "" {
		return m.suffix(count(last))
	}
	from, to := count(first), m.SizeBytes-1
	if last != "" {
		if count(last) < from {
			return m.Whole(), false, nil
		}
		to = min(to, count(last))
	}
	if from >= m.SizeBytes {
		return Part{}, false, m.unsatisfiable()
	}
	return Part{from, to - from + 1}, true, nil
}

// suffix is the last n bytes.
func (m Meta) suffix(n int64) (Part, bool, error) {
	if n = min(n, m.SizeBytes); n == 0 {
		return Part{}, false, m.unsatisfiable()
	}
	return Part{m.SizeBytes - n, n}, true, nil
}

// continues reports whether what the client has is the beginning of this backup. The comparison is strong: a weak tag
// matches nothing. A date has to be the very one; no two backups of a user share one.
func (m Meta) continues(w Wanted) bool {
	if w.IfRange == "" {
		return true
	}
	return w.IfRange == m.ETag() || !w.IfRangeDate.IsZero() && w.IfRangeDate.Equal(m.LastModified())
}

func (m Meta) unsatisfiable() error {
	return fault.New(fault.RangeNotSatisfiable, "The backup does not go that far.").With("size_bytes", m.SizeBytes)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// count reads digits. What is larger than any backup is as good as the largest number.
func count(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 1<<63 - 1
	}
	return n
}
