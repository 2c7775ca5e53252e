package chainllm

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEventsAreReadAsTheStandardDescribesThem(t *testing.T) {
	t.Parallel()
	failure := errors.New("broken pipe")
	half := strings.Repeat("a", maxEvent/2)
	for name, row := range map[string]struct {
		stream io.Reader
		want   []string // name|data
		err    error
	}{
		"one":                             {strings.NewReader("data: a\n\n"), []string{"|a"}, io.EOF},
		"two":                             {strings.NewReader("data: a\n\ndata: b\n\n"), []string{"|a", "|b"}, io.EOF},
		"data lines are joined by LF":     {strings.NewReader("data: a\ndata:b\ndata\n\n"), []string{"|a\nb\n"}, io.EOF},
		"the same with CRLF":              {strings.NewReader("data: a\r\ndata:b\r\n\r\ndata: c\r\n\r\n"), []string{"|a\nb", "|c"}, io.EOF},
		"the same with CR":                {strings.NewReader("data: a\rdata:b\r\rdata: c\r\r"), []string{"|a\nb", "|c"}, io.EOF},
		"all ends mixed":                  {strings.NewReader("data: a\r\ndata: b\n\rdata: c\r\n\n"), []string{"|a\nb", "|c"}, io.EOF},
		"one space belongs to the field":  {strings.NewReader("data:  a \n\n"), []string{"| a "}, io.EOF},
		"a byte order mark":               {strings.NewReader("\ufeffdata: a\n\n"), []string{"|a"}, io.EOF},
		"a byte order mark further on":    {strings.NewReader("data: a\n\ufeffdata: b\n\n"), []string{"|a"}, io.EOF},
		"a name":                          {strings.NewReader("event: error\ndata: a\n\ndata: b\n\n"), []string{"error|a", "|b"}, io.EOF},
		"a name without data is no event": {strings.NewReader("event: ping\n\ndata: a\n\n"), []string{"|a"}, io.EOF},
		"comments and other fields":       {strings.NewReader(": x\nid: 1\nretry: 2\nmetadata: y\ndata: a\n\n:\n\n"), []string{"|a"}, io.EOF},
		"an event that the end finishes":  {strings.NewReader("data: a\n\ndata: b"), []string{"|a", "|b"}, io.EOF},
		"one that the reader's error cut": {io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), failing{failure}), []string{"|a"}, failure},
		"a line that is too long":         {strings.NewReader(strings.Repeat("a", maxEvent+1)), nil, errTooLong},
		"data that is too long":           {strings.NewReader("data: " + half + "\ndata: " + half + "\n\n"), nil, errTooLong},
		"data that is almost too long":    {strings.NewReader("data: " + half + "\ndata: " + half[1:] + "\n\n"), []string{"|" + half + "\n" + half[1:]}, io.EOF},
		"nothing":                         {strings.NewReader(""), nil, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, got := newEvents(bufio.NewReader(row.stream)), []string(nil)
			e, err := events.next()
			for ; err == nil; e, err = events.next() {
				got = append(got, e.name+"|"+string(e.data))
			}
			require.ErrorIs(t, err, row.err)
			assert.True(t, assert.ObjectsAreEqual(row.want, got), "%.200q", got)
		})
	}
}

// failing is a connection that breaks.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
