package chainllm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxEvent bounds one event, and one line, in bytes: room for a note of the largest size in one piece.
const maxEvent = 4 << 20

// event is one server-sent event.
type event struct {
	name string // of its event field
	data []byte // the data lines, joined by newlines; valid until the next call
}

// events reads server-sent events as the WHATWG describes them: lines end with LF, CR or CRLF, comments and unknown
// fields are skipped, data may have several lines. Beyond that, an event that the end of the stream finishes counts.
type events struct {
	r      *bufio.Reader
	line   []byte
	data   []byte
	name   string
	has    bool // the event has data, if only an empty line
	first  bool // the next line is the first
	skipLF bool // the line before ended with CR, so that an LF belongs to it
}

func newEvents(r *bufio.Reader) *events { return &events{r: r, first: true} }

// next returns the next event that has data. It fails with io.EOF at the end, errTooLong beyond maxEvent, and with the
// reader's own error.
func (e *events) next() (event, error) {
	e.data, e.name, e.has = e.data[:0], "", false
	for {
		err := e.readLine()
		ended := errors.Is(err, io.EOF)
		switch {
		case ended && len(e.line) == 0 && e.has:
			return event{e.name, e.data}, nil
		case err != nil && (!ended || len(e.line) == 0):
			return event{}, err
		}
		if len(e.line) == 0 {
			if e.has {
				return event{e.name, e.data}, nil
			}
			e.name = ""
			continue
		}
		if err := e.field(); err != nil {
			return event{}, err
		}
	}
}

// field adds the line to the event.
func (e *events) field() error {
	name, value, _ := bytes.Cut(e.line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "data":
		if e.has {
			e.data = append(e.data, '\n')
		}
		e.has = true
		if len(e.data)+len(value) > maxEvent {
			return errTooLong
		}
		e.data = append(e.data, value...)
	case "event":
		e.name = string(value)
	}
	return nil
}

// readLine reads into e.line without the line's end. At the end of the stream it returns io.EOF with what was left.
func (e *events) readLine() error {
	e.line = e.line[:0]
	defer func() {
		if e.first && len(e.line) > 0 {
			e.line, e.first = bytes.TrimPrefix(e.line, []byte("\ufeff")), false
		}
	}()
	for {
		c, err := e.r.ReadByte()
		if err != nil {
			return err
		}
		if e.skipLF {
			e.skipLF = false
			if c == '\n' {
				continue
			}
		}
		switch c {
		case '\r':
			e.skipLF = true
			return nil
		case '\n':
			return nil
		}
		if len(e.line) >= maxEvent {
			return errTooLong
		}
		e.line = append(e.line, c)
	}
}
