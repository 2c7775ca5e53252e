// Package provider is the server beneath the fakes of language model providers: it answers on a local port from a script,
// and remembers what it was asked. It knows nothing of what a provider says; the packages openai and anthropic beside it do.
//
// It imports the standard library. Start at Server; reply.go has the answers and failures that are no protocol's own.
package provider

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is the provider. Requests take replies from the script in the order in which they arrive; when it is used up,
// the standing reply answers, which is the protocol's shortest unless Always has set another.
type Server struct {
	URL string // the base URL that a client is given, with /v1

	protocol Protocol
	http     *httptest.Server
	mu       sync.Mutex
	script   []Reply    // guarded by mu
	always   Reply      // guarded by mu
	requests []*Request // guarded by mu
}

// Protocol is what a provider's protocol fixes.
type Protocol struct {
	Path    string // of the one route, without /v1
	Hello   Reply  // the standing reply, until Always sets another
	NoRoute Reply  // to a request for anything else
}

// Request is what a client asked and what became of it.
type Request struct {
	Header http.Header
	Path   string
	Peer   string // the client's address: the same for what came over one connection
	Body   []byte
	At     time.Time

	gone chan struct{} // closed when the client hung up
	done chan struct{} // closed when the reply is over, whoever ended it
}

// Decode reads the body into v and fails the test when it cannot.
func (r *Request) Decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		t.Fatalf("the request's body: %v", err)
	}
}

// Gone is closed when the client hung up before the reply was over.
func (r *Request) Gone() <-chan struct{} { return r.gone }

// Done is closed when the reply is over, whoever ended it.
func (r *Request) Done() <-chan struct{} { return r.done }

// New runs a server until Close.
func New(p Protocol, script ...Reply) *Server {
	s := &Server{protocol: p, script: slices.Clone(script), always: p.Hello}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL + "/v1"
	return s
}

// Close hangs up on everybody and waits until every reply is over.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Push appends replies to the script.
func (s *Server) Push(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, replies...)
}

// Always forgets the script and answers every request with this reply.
func (s *Server) Always(reply Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.always = nil, reply
}

// Closed reports whether the latest reply is over, or is within d.
func (s *Server) Closed(d time.Duration) bool {
	all := s.Requests()
	if len(all) == 0 {
		return true
	}
	select {
	case <-all[len(all)-1].Done():
		return true
	case <-time.After(d):
		return false
	}
}

// Requests are those that have arrived, in order.
func (s *Server) Requests() []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Last is the latest request; the test fails when there was none.
func (s *Server) Last(t testing.TB) *Request {
	t.Helper()
	all := s.Requests()
	if len(all) == 0 {
		t.Fatal("nobody asked the provider")
	}
	return all[len(all)-1]
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return
	}
	req := &Request{Header: r.Header.Clone(), Path: r.URL.Path, Peer: r.RemoteAddr, Body: body, At: time.Now(),
		gone: make(chan struct{}), done: make(chan struct{})}
	x := &Exchange{Request: req, writer: w, ended: r.Context().Done()}
	reply := s.next(req)
	if r.URL.Path != "/v1"+s.protocol.Path || r.Method != http.MethodPost {
		reply = s.protocol.NoRoute
	}
	defer close(req.done)
	defer func() {
		if r.Context().Err() != nil {
			close(req.gone)
		}
	}()
	reply(x)
}

func (s *Server) next(req *Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	if len(s.script) == 0 {
		return s.always
	}
	reply := s.script[0]
	s.script = s.script[1:]
	return reply
}

// Exchange is one request while it is being answered.
type Exchange struct {
	*Request
	writer http.ResponseWriter
	ended  <-chan struct{}
}

// Head sends the status and headers, given as "Name: value".
func (x *Exchange) Head(status int, headers ...string) {
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		x.writer.Header().Set(name, value)
	}
	x.writer.WriteHeader(status)
	x.flush()
}

// Write sends bytes at once. It reports whether the client is still there.
func (x *Exchange) Write(text string) bool {
	_, err := io.WriteString(x.writer, text)
	x.flush()
	select {
	case <-x.ended:
		return false
	default:
		return err == nil
	}
}

// Event sends one server-sent event whose data is v as JSON, with a name unless that is empty.
func (x *Exchange) Event(name string, v any) bool {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	if name != "" {
		name = "event: " + name + "\n"
	}
	return x.Write(name + "data: " + b.String() + "\n")
}

// Wait pauses the reply. It reports whether the client is still there.
func (x *Exchange) Wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-x.ended:
		return false
	case <-timer.C:
		return true
	}
}

// Hang says nothing more until the client hangs up.
func (x *Exchange) Hang() { <-x.ended }

// Cut breaks the connection in the middle of the reply.
func (x *Exchange) Cut() { panic(http.ErrAbortHandler) }

func (x *Exchange) flush() {
	if f, ok := x.writer.(http.Flusher); ok {
		f.Flush()
	}
}
