// Package pineconevector is the search index in Pinecone: its control plane over REST, once, to find the index, and then the
// index over gRPC.
//
// Each user is a namespace, the store's own wall between tenants, named by the user's id. Space and dimension are metadata
// that searches filter by. An index of Pinecone holds vectors of one length; shorter embeddings are filled up with zeros,
// which changes no angle, and longer ones are NotConfigured: the index wants to be as long as the longest embeddings that
// are used. Its metric must be cosine. Pinecone is eventually consistent: what was stored or deleted may be missing from
// searches, or still be found, for some seconds.
//
// It imports domain, ports, the Pinecone client and what that is made of. Start at Open; errors.go has what failures mean.
package pineconevector

import (
	"context"
	"sync"
	"time"

	"github.com/pinecone-io/go-pinecone/v5/pinecone"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorIndex = (*Index)(nil)

// Config says which index of Pinecone it is. Host and Timeout may be empty.
type Config struct {
	APIKey  string
	Index   string        // its name
	Host    string        // URL of the control plane; empty for Pinecone's own
	Timeout time.Duration // of one call of Pinecone; 0 stands for 10 s
}

// The metadata of a point.
const (
	spaceField     = "space"
	dimensionField = "dimension"
)

// The bounds of one call: Pinecone takes 2 MB, and 1,000 ids.
const (
	upsertBytes = 1 << 20
	deleteBatch = 1000
)

// Index is one index in Pinecone. It is safe for concurrent use.
type Index struct {
	client  *pinecone.Client
	name    string
	timeout time.Duration

	mu   sync.Mutex
	conn *pinecone.IndexConnection // nil until Pinecone has said where the index is. Guarded by mu, as all below
	size int                       // the length of its vectors
}

// Open makes an index and answers with a function that lets go of it. It does not ask whether Pinecone is there.
func Open(c Config) (*Index, func(), error) {
	if c.APIKey == "" || c.Index == "" {
		return nil, nil, fault.New(fault.Internal, "Pinecone needs a key and the name of an index.")
	}
	client, err := pinecone.NewClient(pinecone.NewClientParams{ApiKey: c.APIKey, Host: c.Host})
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "The search index cannot be used.")
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	x := &Index{client: client, name: c.Index, timeout: c.Timeout}
	return x, x.close, nil
}

func (x *Index) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conn != nil {
		_ = x.conn.Close()
	}
}

// call runs one call of Pinecone in the namespace of a place, bounded in time.
func (x *Index) call(ctx context.Context, p vector.Place, do func(ctx context.Context, in *pinecone.IndexConnection) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	conn, size, err := x.connection(bounded)
	if err != nil {
		return refused(ctx, err)
	}
	if p.Dimension > size {
		return fault.New(fault.NotConfigured, "The server's search index does not take embeddings of so many numbers.")
	}
	return refused(ctx, do(bounded, conn.WithNamespace(p.UserID)))
}

// connection asks Pinecone where the index is, until it has said so once. Several may ask at the same time: none waits for
// longer than its own call may take.
func (x *Index) connection(ctx context.Context) (conn *pinecone.IndexConnection, size int, err error) {
	if conn, size = x.known(); conn != nil {
		return conn, size, nil
	}
	described, err := x.client.DescribeIndex(ctx, x.name)
	if err != nil {
		return nil, 0, err
	}
	if described.Metric != pinecone.Cosine || described.Dimension == nil || *described.Dimension < vector.FingerprintDimension {
		return nil, 0, fault.New(fault.NotConfigured, "The server's search index is not set up as it should be.")
	}
	conn, err = x.client.Index(pinecone.NewIndexConnParams{Host: described.Host})
	if err != nil {
		return nil, 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conn != nil { // another one was first
		_ = conn.Close()
	} else {
		x.conn, x.size = conn, int(*described.Dimension)
	}
	return x.conn, x.size, nil
}

func (x *Index) known() (*pinecone.IndexConnection, int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.conn, x.size
}

// filled is e with zeros up to the length of the index.
func (x *Index) filled(e vector.Embedding) []float32 {
	_, size := x.known()
	numbers := make([]float32, size)
	copy(numbers, e)
	return numbers
}

func metadata(p vector.Place) *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		spaceField: structpb.NewStringValue(p.Space.String()), dimensionField: structpb.NewNumberValue(float64(p.Dimension)),
	}}
}

// filter wants the metadata of a place.
func filter(p vector.Place) *structpb.Struct {
	f := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for field, value := range metadata(p).GetFields() {
		f.Fields[field] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"$eq": value}})
	}
	return f
}

// Upsert implements ports.VectorIndex.
func (x *Index) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	for len(points) > 0 {
		err := x.call(ctx, p, func(ctx context.Context, in *pinecone.IndexConnection) error {
			var some []*pinecone.Vector
			for bytes := 0; len(points) > len(some) && bytes < upsertBytes; {
				point := points[len(some)]
				numbers := x.filled(point.Embedding)
				bytes += 4*len(numbers) + 200
				some = append(some, &pinecone.Vector{Id: point.ID, Values: &numbers, Metadata: metadata(p)})
			}
			if _, err := in.UpsertVectors(ctx, some); err != nil {
				return err
			}
			points = points[len(some):]
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Search implements ports.VectorIndex. Hits without an id, or with scores that are none, are left out.
func (x *Index) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	hits := []vector.Hit{}
	err := x.call(ctx, p, func(ctx context.Context, in *pinecone.IndexConnection) error {
		found, err := in.QueryByVectorValues(ctx, &pinecone.QueryByVectorValuesRequest{
			Vector: x.filled(query), TopK: uint32(k), MetadataFilter: filter(p), //nolint:gosec // k is 1 to vector.MaxHits
		})
		if missing(err) { // as in Delete
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range found.Matches {
			if m == nil || m.Vector == nil || m.Vector.Id == "" || !vector.Honest(float64(m.Score)) {
				continue
			}
			hits = append(hits, vector.Hit{PointID: m.Vector.Id, Score: min(1, max(-1, float64(m.Score)))})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	vector.BestFirst(hits)
	return hits, nil
}

// Delete implements ports.VectorIndex.
func (x *Index) Delete(ctx context.Context, p vector.Place, pointIDs []string) error {
	for len(pointIDs) > 0 {
		some := pointIDs[:min(len(pointIDs), deleteBatch)]
		pointIDs = pointIDs[len(some):]
		err := x.call(ctx, p, func(ctx context.Context, in *pinecone.IndexConnection) error {
			if err := in.DeleteVectorsById(ctx, some); !missing(err) { // a namespace that nobody has written to
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
