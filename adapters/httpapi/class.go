package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/record"
	"github.com/valyala/fasthttp"
)

// class bounds what one request may cost. Every route names one in its declaration.
type class struct {
	maxBytes  int64         // of the body, declared or not
	maxRaw    int64         // of the body where it is bytes in place of JSON; zero where it cannot be
	maxValues int           // of the JSON in it
	read      time.Duration // from the end of the header to the end of the body
	work      time.Duration // for the use case, and for what it streams
	write     time.Duration // for the answer to be taken by the client
	pieces    bool          // read and write are Config.TransferIdle, and hold for each piece of what streams, not for all of it
}

// longestTransfer bounds a backup's way in or out, however slow the line is.
const longestTransfer = 48 * time.Hour

// The classes.
var (
	noBody       = class{maxBytes: 16 << 10, maxValues: 0, read: 10 * time.Second, work: 30 * time.Second, write: 30 * time.Second}
	authBody     = class{maxBytes: 4 << 10, maxValues: 100, read: 10 * time.Second, work: 30 * time.Second, write: 30 * time.Second}
	chatBody     = class{maxBytes: 2 << 20, maxValues: 250_000, read: 60 * time.Second, work: 90 * time.Second, write: 60 * time.Second}
	aguiBody     = class{maxBytes: 2 << 20, maxValues: 250_000, read: 60 * time.Second, work: 90 * time.Second, write: 30 * time.Second}
	recordBody   = class{maxBytes: 14 << 20, maxRaw: record.MaxBlobBytes, maxValues: 100, read: 5 * time.Minute, work: 2 * time.Minute, write: 30 * time.Second}
	batchBody    = class{maxBytes: 32 << 20, maxValues: 1000, read: 5 * time.Minute, work: 2 * time.Minute, write: 30 * time.Second}
	vectorsBody  = class{maxBytes: 32 << 20, maxValues: 2_100_000, read: 5 * time.Minute, work: 2 * time.Minute, write: 30 * time.Second}
	vectorQuery  = class{maxBytes: 256 << 10, maxValues: 5000, read: 30 * time.Second, work: 30 * time.Second, write: 60 * time.Second}
	backupBody   = class{maxBytes: backup.MaxBytes, maxValues: 0, work: longestTransfer, pieces: true}
	backupBytes  = class{maxBytes: 16 << 10, maxValues: 0, work: longestTransfer, pieces: true}
	streamAnswer = class{maxBytes: 16 << 10, maxValues: 0, read: 10 * time.Second, work: 10 * time.Minute, write: 10 * time.Minute}
)

// bound is how large a body with this header may be.
func (cl class) bound(h *fasthttp.RequestHeader) int64 {
	if cl.maxRaw > 0 && isBytes(h) {
		return cl.maxRaw
	}
	return cl.maxBytes
}

// entry is a route as it can be looked up before fiber has seen the request: the read deadline depends on it.
type entry struct {
	method   string
	segments []string // of the path; {name} takes any one
	class    class
}

// table are all routes.
type table []entry

func (t *table) add(method, path string, cl class) {
	*t = append(*t, entry{method, strings.Split(path, "/"), cl})
}

// find is the class of a route; noBody, the smallest, if there is none. allowed are the methods of the path.
func (t *table) find(method, path string) (cl class, allowed []string) {
	cl = noBody
	segments := strings.Split(path, "/")
	for _, e := range *t {
		if !e.matches(segments) {
			continue
		}
		allowed = append(allowed, e.method)
		if e.method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
		if e.method == method {
			cl = e.class
		}
	}
	slices.Sort(allowed)
	return cl, slices.Compact(allowed)
}

func (e entry) matches(segments []string) bool {
	if len(e.segments) != len(segments) {
		return false
	}
	for i, s := range e.segments {
		if s != segments[i] && (!strings.HasPrefix(s, "{") || segments[i] == "") {
			return false
		}
	}
	return true
}
