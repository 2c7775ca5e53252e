// Package pinecone is a Pinecone that is good for tests: the control plane's answer about one index, and the parts of the
// index's gRPC API that the product uses, exact, in memory, and able to fail in the ways of a real one. The vendor keeps its
// generated types to itself, so they are found by their names, where the client has registered them. Start at Run.
package pinecone

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	_ "github.com/pinecone-io/go-pinecone/v5/pinecone" // registers the types
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/structpb"
)

// Failure is a way to fail.
type Failure int

// The failures.
const (
	None        Failure = iota
	Unavailable         // every call is refused
	Hanging             // no call is answered
	Forgetful           // filters and namespaces are passed over
	Nonsense            // searches answer ids that are empty, and scores that are none
	BadKey              // every key is refused
	Overloaded          // too many calls
)

// Server is a running fake with one index.
type Server struct {
	URL string // of the control plane

	data string // URL of the index
	key  string
	name string

	mu         sync.Mutex
	size       int // the length of vectors. Guarded by mu, as all below
	metric     string
	failure    Failure
	namespaces map[string]map[string]point
}

type point struct {
	numbers  []float32
	metadata *structpb.Struct
}

// Run runs a fake until stop is called. It has one index of this name, for vectors of this length, and takes one key.
func Run(key, name string, size int) (s *Server, stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s = &Server{data: "http://" + listener.Addr().String(), key: key, name: name, size: size, metric: "cosine", namespaces: map[string]map[string]point{}}
	index := grpc.NewServer(grpc.UnknownServiceHandler(s.serve))
	go func() { _ = index.Serve(listener) }()
	control := httptest.NewServer(http.HandlerFunc(s.describe))
	s.URL = control.URL
	return s, func() {
		control.CloseClientConnections()
		control.Close()
		index.Stop()
	}
}

// Fail makes every call from now on fail in this way; None ends it.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// Measure gives the index another metric.
func (s *Server) Measure(metric string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.metric = metric
}

// Namespaces are the names of those that have points.
func (s *Server) Namespaces() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, points := range s.namespaces {
		if len(points) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *Server) state() (Failure, int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure, s.size, s.metric
}

// describe is the control plane.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	failure, size, metric := s.state()
	refuse := func(code int) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"error":{"code":"X","message":"SECRET"},"status":` + http.StatusText(code) + `}`))
	}
	switch {
	case failure == Hanging:
		<-r.Context().Done()
	case failure == Unavailable:
		refuse(http.StatusServiceUnavailable)
	case failure == Overloaded:
		refuse(http.StatusTooManyRequests)
	case failure == BadKey || r.Header.Get("Api-Key") != s.key:
		refuse(http.StatusUnauthorized)
	case r.URL.Path != "/indexes/"+s.name:
		refuse(http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{ //nolint:errchkjson // it can be encoded; who does not read it fails
			"name": s.name, "dimension": size, "metric": metric, "host": s.data, "vector_type": "dense", "deletion_protection": "disabled",
			"spec": map[string]any{"serverless": map[string]any{"cloud": "aws", "region": "eu-west-1", "read_capacity": map[string]any{"mode": "OnDemand", "status": map[string]any{"state": "Ready"}}}}, "status": map[string]any{"ready": true, "state": "Ready"},
		})
	}
}

// serve is the index: one call.
func (s *Server) serve(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	method, known := strings.CutPrefix(full, "/VectorService/")
	handlers := map[string]func(in, out message) error{"Upsert": s.upsert, "Delete": s.delete, "Query": s.query}
	if !known || handlers[method] == nil {
		return status.Error(codes.Unimplemented, "no such method: "+full)
	}
	in, out := newMessage(method+"Request"), newMessage(method+"Response")
	if err := stream.RecvMsg(in.Interface()); err != nil {
		return err
	}
	if proto.Size(in.Interface()) > 2<<20 {
		return status.Error(codes.InvalidArgument, "SECRET: the request is larger than 2 MB")
	}
	md, _ := metadata.FromIncomingContext(stream.Context())
	failure, _, _ := s.state()
	switch {
	case failure == BadKey || !slices.Equal(md.Get("api-key"), []string{s.key}):
		return status.Error(codes.Unauthenticated, "SECRET: invalid key")
	case failure == Unavailable:
		return status.Error(codes.Unavailable, "SECRET: no pod is ready")
	case failure == Overloaded:
		return status.Error(codes.ResourceExhausted, "SECRET: too many requests")
	case failure == Hanging:
		<-stream.Context().Done()
		return status.FromContextError(context.Cause(stream.Context())).Err()
	}
	if err := handlers[method](in, out); err != nil {
		return err
	}
	return stream.SendMsg(out.Interface())
}

// message is one of the vendor's, by its fields.
type message struct{ protoreflect.Message }

func newMessage(name string) message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		panic("pinecone: the client has no type " + name)
	}
	return message{t.New()}
}

func (m message) field(name string) protoreflect.FieldDescriptor {
	f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil {
		panic("pinecone: the type " + string(m.Descriptor().FullName()) + " has no field " + name)
	}
	return f
}

func (m message) text(name string) string { return m.Get(m.field(name)).String() }

func (m message) floats(name string) []float32 {
	list := m.Get(m.field(name)).List()
	all := make([]float32, list.Len())
	for i := range all {
		all[i] = float32(list.Get(i).Float())
	}
	return all
}

func (m message) structure(name string) *structpb.Struct {
	s, _ := m.Get(m.field(name)).Message().Interface().(*structpb.Struct)
	return s
}

func (s *Server) upsert(in, out message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	vectors := in.Get(in.field("vectors")).List()
	added := map[string]point{}
	for i := range vectors.Len() {
		v := message{vectors.Get(i).Message()}
		p := point{v.floats("values"), v.structure("metadata")}
		if len(p.numbers) != s.size || v.text("id") == "" {
			return status.Errorf(codes.InvalidArgument, "SECRET: Vector dimension %d does not match the dimension of the index %d", len(p.numbers), s.size)
		}
		added[v.text("id")] = p
	}
	name := in.text("namespace")
	if s.namespaces[name] == nil {
		s.namespaces[name] = map[string]point{}
	}
	maps.Copy(s.namespaces[name], added)
	out.Set(out.field("upserted_count"), protoreflect.ValueOfUint32(uint32(len(added))))
	return nil
}

func (s *Server) delete(in, _ message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	points := s.namespaces[in.text("namespace")]
	if points == nil {
		return status.Error(codes.NotFound, "SECRET: Namespace not found")
	}
	ids := in.Get(in.field("ids")).List()
	if ids.Len() == 0 || ids.Len() > 1000 {
		return status.Error(codes.InvalidArgument, "SECRET: 1 to 1000 ids")
	}
	for i := range ids.Len() {
		delete(points, ids.Get(i).String())
	}
	return nil
}

func (s *Server) query(in, out message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	query, top := in.floats("vector"), int(in.Get(in.field("top_k")).Uint())
	if len(query) != s.size || top < 1 || top > 10_000 {
		return status.Error(codes.InvalidArgument, "SECRET: the dimension, or top_k, is not allowed")
	}
	type scored struct {
		id    string
		score float32
	}
	var found []scored
	for name, points := range s.namespaces {
		for id, p := range points {
			if s.failure == Forgetful || name == in.text("namespace") && matches(in.structure("filter"), p.metadata) {
				found = append(found, scored{id, cosine(query, p.numbers)})
			}
		}
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	if s.failure == Nonsense {
		found = append([]scored{{"", 1}, {"018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b", float32(math.NaN())}, {"018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b", 17}}, found...)
	}
	list := out.Mutable(out.field("matches")).List()
	for _, f := range found[:min(len(found), top)] {
		m := message{list.AppendMutable().Message()}
		m.Set(m.field("id"), protoreflect.ValueOfString(f.id))
		m.Set(m.field("score"), protoreflect.ValueOfFloat32(f.score))
	}
	return nil
}

// matches knows equality, which is all that the product asks for.
func matches(filter, metadata *structpb.Struct) bool {
	for field, want := range filter.GetFields() {
		equal := want.GetStructValue().GetFields()["$eq"]
		if equal == nil || !proto.Equal(equal, metadata.GetFields()[field]) {
			return false
		}
	}
	return true
}

func cosine(a, b []float32) float32 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return float32(ab / math.Sqrt(aa*bb))
}
