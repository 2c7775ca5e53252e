package s3blob_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/blob/s3blob"
	"github.com/adiuva/cloud/test/services"
)

// meddler does something else than to forward a request; it answers false to have it forwarded all the same.
type meddler func(w http.ResponseWriter, r *http.Request) (done bool)

// proxy stands in front of the real object store and does to the traffic what a bad day does.
type proxy struct {
	forward *httputil.ReverseProxy
	mu      sync.Mutex
	meddle  meddler         // guarded by mu, like all below
	seen    []*http.Request // without their bodies
}

// behind is an adapter that speaks to store through a proxy.
func behind(t *testing.T, store services.S3) (*proxy, *s3blob.Blobs) {
	t.Helper()
	target, err := url.Parse(store.Endpoint)
	require.NoError(t, err)
	p := &proxy{forward: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	server := httptest.NewUnstartedServer(p)
	ctx, cancel := context.WithCancel(context.Background()) // ends what hangs: a server does not see who left in mid-upload
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	t.Cleanup(func() {
		cancel()
		server.Close()
	})
	c := settings(store)
	c.Endpoint, c.Timeouts = server.URL, quick
	b := open(t, c)
	return p, b
}

// does sets what the proxy does from now on; nil forwards everything.
func (p *proxy) does(m meddler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meddle, p.seen = m, nil
}

func (p *proxy) requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	meddle := p.meddle
	p.seen = append(p.seen, r)
	p.mu.Unlock()
	if meddle == nil || !meddle(w, r) {
		p.forward.ServeHTTP(w, r)
	}
}

// first does m to the first n requests of that method only.
func first(n int, method string, m meddler) meddler {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		hit := r.Method == method && n > 0
		if hit {
			n--
		}
		mu.Unlock()
		return hit && m(w, r)
	}
}

// always does m to every request of that method.
func always(method string, m meddler) meddler { return first(1<<30, method, m) }

// onPart does m to the uploads of parts from the second one on.
func onPart(m meddler) meddler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		n := r.URL.Query().Get("partNumber")
		return n != "" && n != "1" && m(w, r)
	}
}

// answers gives an answer in the protocol's words.
func answers(status int, code string) meddler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if code != "" {
			_, _ = io.WriteString(w, "<?xml version=\"1.0\"?><Error><Code>"+code+"</Code><Message>planned</Message></Error>")
		}
		return true
	}
}

// cuts breaks the connection after n bytes of the request.
func cuts(n int64) meddler {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.CopyN(io.Discard, r.Body, n)
		panic(http.ErrAbortHandler)
	}
}

// hangs reads nothing and says nothing.
func hangs(_ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	return true
}

// flips changes a byte of the request on its way.
func flips(_ http.ResponseWriter, r *http.Request) bool {
	r.Body = struct {
		io.Reader
		io.Closer
	}{&flipper{r.Body}, r.Body}
	return false
}

type flipper struct{ src io.Reader }

func (f *flipper) Read(p []byte) (int, error) {
	n, err := f.src.Read(p)
	if n > 0 {
		p[n/2] ^= 1
	}
	return n, err
}

// spoils forwards the request, and hands the answer's body to with, which sends what it likes of it.
func (p *proxy) spoils(with func(w http.ResponseWriter, r *http.Request, body []byte)) meddler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		got := httptest.NewRecorder()
		p.forward.ServeHTTP(got, r)
		for name, values := range got.Header() {
			w.Header().Set(name, strings.Join(values, ","))
		}
		w.WriteHeader(got.Code)
		with(w, r, got.Body.Bytes())
		return true
	}
}

// half sends half of a body.
func half(w http.ResponseWriter, body []byte) {
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
}

// loses forwards the request and breaks the connection in place of the answer.
func (p *proxy) loses(_ http.ResponseWriter, r *http.Request) bool {
	p.forward.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}
