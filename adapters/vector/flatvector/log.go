package flatvector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/adiuva/cloud/domain/vector"
)

// The kinds of entries.
const (
	added   = 'A'
	deleted = 'D'
)

// entry is one line of a log: its kind, the id of a point, the numbers if it was added, and the CRC-32C of all that.
type entry struct {
	kind      byte
	id        [16]byte
	embedding vector.Embedding // of what was added
}

const (
	headBytes = 1 + 16
	sumBytes  = 4
)

// entryBytes is how long an entry of this kind is; 0 if there is no such kind.
func entryBytes(kind byte, dimension int) int {
	switch kind {
	case added:
		return headBytes + 4*dimension + sumBytes
	case deleted:
		return headBytes + sumBytes
	default:
		return 0
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode adds the entry to b.
func (e entry) encode(b []byte) []byte {
	start := len(b)
	b = append(b, e.kind)
	b = append(b, e.id[:]...)
	for _, x := range e.embedding {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// decode reads an entry from all of b, and reports whether it has its sum.
func decode(b []byte) (entry, bool) {
	body, sum := b[:len(b)-sumBytes], b[len(b)-sumBytes:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return entry{}, false
	}
	e := entry{kind: body[0], id: [16]byte(body[1:headBytes])}
	for rest := body[headBytes:]; len(rest) > 0; rest = rest[4:] {
		e.embedding = append(e.embedding, math.Float32frombits(binary.LittleEndian.Uint32(rest)))
	}
	return e, true
}

// replay reads a log to its end and answers how much of it is whole. What is damaged is passed over: at the end it is what
// a crash tore, which nobody was told of; in the middle a point is lost to searches until its item is written again, for
// the rows are the truth.
func replay(r io.Reader, dimension int, apply func(entry)) (whole int64, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	buf := make([]byte, entryBytes(added, dimension))
	var at int64
	for {
		kind, err := in.Peek(1)
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		size := entryBytes(kind[0], dimension)
		if size == 0 {
			return whole, nil
		}
		_, err = io.ReadFull(in, buf[:size])
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		at += int64(size)
		if e, ok := decode(buf[:size]); ok {
			apply(e)
			whole = at
		}
	}
}

// appendTo writes b behind the first size bytes of a log and syncs it. After an error the log is as long as it was, or
// its end is torn.
func appendTo(root *os.Root, name string, size int64, b []byte) (err error) {
	fresh := false
	f, err := root.OpenFile(name, os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		fresh = true
		f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(size); err != nil { // what a crash or a failure left behind it
		return err
	}
	if _, err := f.WriteAt(b, size); err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	if fresh {
		return syncFolder(root, name[:2])
	}
	return nil
}

// rewrite puts b in the place of a log.
func rewrite(root *os.Root, name string, b []byte) error {
	next := name + ".new"
	if err := root.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(next))
	}
	if err := root.Rename(next, name); err != nil {
		return err
	}
	return syncFolder(root, name[:2])
}

// drop removes a log.
func drop(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(root, name[:2])
}

func syncFolder(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
