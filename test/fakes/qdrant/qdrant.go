// Package qdrant is a Qdrant that is good for tests: the parts of its gRPC API that the product uses, over the vendor's
// generated types, exact, in memory, and able to fail in the ways of a real one. Start at Start.
package qdrant

import (
	"cmp"
	"context"
	"math"
	"net"
	"slices"
	"sync"
	"testing"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Failure is a way to fail.
type Failure int

// The failures.
const (
	None          Failure = iota
	Unavailable           // every call is refused
	Hanging               // no call is answered
	Forgetful             // filters are passed over
	Nonsense              // searches answer points with numbers for ids, and scores that are none
	BadKey                // every key is refused
	Overloaded            // too many calls
	LosingAnswers         // every call has its effect and fails
)

// Server is a running fake.
type Server struct {
	URL string

	mu          sync.Mutex
	key         string // guarded by mu, as all below
	failure     Failure
	collections map[string]*collection
	grpc        *grpc.Server
}

type collection struct {
	created *api.CreateCollection
	tenants map[string]bool // indexed fields, and whether they are marked as the tenant
	points  map[string]*api.PointStruct
}

// The services that a Qdrant is made of.
type (
	collections struct {
		api.UnimplementedCollectionsServer
		*Server
	}
	points struct {
		api.UnimplementedPointsServer
		*Server
	}
)

// Start runs a fake until the test ends. With a key it refuses every other one.
func Start(t testing.TB, key string) *Server {
	t.Helper()
	s, stop := Run(key)
	t.Cleanup(stop)
	return s
}

// Run runs a fake until stop is called.
func Run(key string) (s *Server, stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s = &Server{URL: "http://" + listener.Addr().String(), key: key, collections: map[string]*collection{}}
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.intercept))
	api.RegisterCollectionsServer(s.grpc, collections{Server: s})
	api.RegisterPointsServer(s.grpc, points{Server: s})
	server := s.grpc
	go func() { _ = server.Serve(listener) }()
	return s, server.Stop
}

// Fail makes every call from now on fail in this way; None ends it.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// Drop removes all collections, as an operator may.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collections = map[string]*collection{}
}

// Tenants are the indexed fields of a collection, and whether each is marked as the tenant.
func (s *Server) Tenants(name string) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.collections[name]; c != nil {
		return c.tenants
	}
	return nil
}

// Points counts the points of a collection.
func (s *Server) Points(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.collections[name]; c != nil {
		return len(c.points)
	}
	return 0
}

func (s *Server) intercept(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	s.mu.Lock()
	failure, key := s.failure, s.key
	s.mu.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	if sent := md.Get("api-key"); failure == BadKey || key != "" && !slices.Equal(sent, []string{key}) {
		return nil, status.Error(codes.Unauthenticated, "SECRET: invalid API key")
	}
	switch failure {
	case Unavailable:
		return nil, status.Error(codes.Unavailable, "SECRET: no shard is alive")
	case Overloaded:
		return nil, status.Error(codes.ResourceExhausted, "SECRET: too many requests")
	case Hanging:
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	case LosingAnswers:
		_, _ = handler(ctx, req)
		return nil, status.Error(codes.Unavailable, "SECRET: transport is closing")
	default:
		return handler(ctx, req)
	}
}

// Create implements api.CollectionsServer.
func (s collections) Create(_ context.Context, r *api.CreateCollection) (*api.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	params := r.GetVectorsConfig().GetParams()
	if params.GetSize() == 0 || params.GetDistance() != api.Distance_Cosine {
		return nil, status.Error(codes.InvalidArgument, "no vectors")
	}
	if s.collections[r.GetCollectionName()] != nil {
		return nil, status.Errorf(codes.InvalidArgument, "Wrong input: Collection `%s` already exists!", r.GetCollectionName())
	}
	s.collections[r.GetCollectionName()] = &collection{created: r, tenants: map[string]bool{}, points: map[string]*api.PointStruct{}}
	return &api.CollectionOperationResponse{Result: true}, nil
}

func (s *Server) find(name string) (*collection, error) {
	if c := s.collections[name]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!", name)
}

// CreateFieldIndex implements api.PointsServer.
func (s points) CreateFieldIndex(_ context.Context, r *api.CreateFieldIndexCollection) (*api.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.tenants[r.GetFieldName()] = r.GetFieldIndexParams().GetKeywordIndexParams().GetIsTenant()
	return done(), nil
}

func done() *api.PointsOperationResponse {
	return &api.PointsOperationResponse{Result: &api.UpdateResult{Status: api.UpdateStatus_Completed}}
}

// Upsert implements api.PointsServer.
func (s points) Upsert(_ context.Context, r *api.UpsertPoints) (*api.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	size := c.created.GetVectorsConfig().GetParams().GetSize()
	for _, p := range r.GetPoints() {
		if n := len(numbers(p)); p.GetId().GetUuid() == "" || uint64(n) != size {
			return nil, status.Errorf(codes.InvalidArgument, "Wrong input: Vector dimension error: expected dim: %d, got %d", size, n)
		}
	}
	for _, p := range r.GetPoints() {
		c.points[p.GetId().GetUuid()] = p
	}
	return done(), nil
}

// numbers are a point's, in whichever of the fields that clients of different age use.
func numbers(p *api.PointStruct) []float32 {
	v := p.GetVectors().GetVector()
	if d := v.GetDense(); d != nil {
		return d.GetData()
	}
	return v.GetData() //nolint:staticcheck // older clients use it
}

// Delete implements api.PointsServer.
func (s points) Delete(_ context.Context, r *api.DeletePoints) (*api.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for id, p := range c.points {
		if matches(r.GetPoints().GetFilter(), p) {
			delete(c.points, id)
		}
	}
	return done(), nil
}

// Query implements api.PointsServer.
func (s points) Query(_ context.Context, r *api.QueryPoints) (*api.QueryResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	query := r.GetQuery().GetNearest().GetDense().GetData()
	if uint64(len(query)) != c.created.GetVectorsConfig().GetParams().GetSize() {
		return nil, status.Error(codes.InvalidArgument, "Wrong input: Vector dimension error")
	}
	var found []*api.ScoredPoint
	for _, p := range c.points {
		if s.failure == Forgetful || matches(r.GetFilter(), p) {
			found = append(found, &api.ScoredPoint{Id: p.GetId(), Score: cosine(query, numbers(p))})
		}
	}
	slices.SortFunc(found, func(a, b *api.ScoredPoint) int { return cmp.Compare(b.GetScore(), a.GetScore()) })
	if s.failure == Nonsense {
		lies := []*api.ScoredPoint{{Id: api.NewIDNum(7), Score: 1}, {Score: 1}, {Id: api.NewIDUUID("018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"), Score: float32(math.NaN())}}
		found = append(lies, found...)
	}
	return &api.QueryResponse{Result: found[:min(len(found), int(r.GetLimit()))]}, nil
}

// matches reports whether a point fulfils all that a filter of the product can ask.
func matches(f *api.Filter, p *api.PointStruct) bool {
	for _, must := range f.GetMust() {
		if ids := must.GetHasId(); ids != nil {
			if !slices.ContainsFunc(ids.GetHasId(), func(id *api.PointId) bool { return id.GetUuid() == p.GetId().GetUuid() }) {
				return false
			}
			continue
		}
		field := must.GetField()
		if field == nil || p.GetPayload()[field.GetKey()].GetStringValue() != field.GetMatch().GetKeyword() {
			return false
		}
	}
	return len(f.GetMust()) > 0
}

func cosine(a, b []float32) float32 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return float32(ab / math.Sqrt(aa*bb))
}
