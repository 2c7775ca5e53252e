// Package qdrantvector is the search index in Qdrant, spoken to over gRPC.
//
// All users share one collection for each dimension (adiuva_1536), since a collection holds vectors of one length. A
// point's payload says whose it is and in which space, both indexed; user_id is marked as the tenant, so that Qdrant keeps
// a user's points together and links them among themselves (hnsw_config m = 0, payload_m = 16). Every search and deletion
// is filtered by user; that a filter holds is not relied upon, for the callers look at the rows.
//
// It imports domain, ports, the Qdrant client and gRPC, which it is made of. Start at Open; errors.go has what failures
// mean.
package qdrantvector

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorIndex = (*Index)(nil)

// Config says where Qdrant is. Only URL is required.
type Config struct {
	URL     string        // http or https; the port is that of gRPC, 6334 if it is missing, and taken for it if it is REST's 6333
	APIKey  string        // empty for none
	Timeout time.Duration // of one call of Qdrant; 0 stands for 5 s
}

// The payload of a point.
const (
	userField  = "user_id"
	spaceField = "space"
)

// upsertBatch is how many points travel in one call: at most 1.6 MB of numbers.
const upsertBatch = 100

// Index is the points in one Qdrant. It is safe for concurrent use.
type Index struct {
	client  *qdrant.Client
	timeout time.Duration

	mu    sync.Mutex
	ready map[int]bool // dimensions whose collections are there. Guarded by mu
}

// Open makes an index and answers with a function that lets go of it. It does not ask whether Qdrant is there.
func Open(c Config) (*Index, func(), error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, nil, fault.New(fault.Internal, "The address of Qdrant must be an http or https URL.")
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || port == 6333 {
		port = 6334
	}
	client, err := qdrant.NewClient(&qdrant.Config{
		Host: u.Hostname(), Port: port, APIKey: c.APIKey, UseTLS: u.Scheme == "https", SkipCompatibilityCheck: true, // it would wait for the server
	})
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "The search index cannot be used.")
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	return &Index{client: client, timeout: c.Timeout, ready: map[int]bool{}}, func() { _ = client.Close() }, nil
}

func collection(dimension int) string { return fmt.Sprintf("adiuva_%d", dimension) }

// call runs one call of Qdrant, bounded in time.
func (x *Index) call(ctx context.Context, do func(ctx context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	return do(bounded)
}

// Upsert implements ports.VectorIndex.
func (x *Index) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	if err := x.prepare(ctx, p.Dimension); err != nil {
		return refused(ctx, err)
	}
	for len(points) > 0 {
		some := points[:min(len(points), upsertBatch)]
		points = points[len(some):]
		err := x.upsert(ctx, p, some)
		if codeOf(err) == codes.NotFound { // somebody has dropped the collection
			x.forget(p.Dimension)
			if err = x.prepare(ctx, p.Dimension); err == nil {
				err = x.upsert(ctx, p, some)
			}
		}
		if err != nil {
			return refused(ctx, err)
		}
	}
	return nil
}

func (x *Index) upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	structs := make([]*qdrant.PointStruct, 0, len(points))
	for _, point := range points {
		structs = append(structs, &qdrant.PointStruct{
			Id: qdrant.NewIDUUID(point.ID), Vectors: qdrant.NewVectorsDense(point.Embedding),
			Payload: map[string]*qdrant.Value{userField: text(p.UserID), spaceField: text(p.Space.String())},
		})
	}
	return x.call(ctx, func(ctx context.Context) error {
		_, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: collection(p.Dimension), Wait: new(true), Points: structs})
		return err
	})
}

func text(s string) *qdrant.Value {
	return &qdrant.Value{Kind: &qdrant.Value_StringValue{StringValue: s}}
}

// prepare makes the collection of a dimension, and its indexes, if nobody has.
func (x *Index) prepare(ctx context.Context, dimension int) error {
	x.mu.Lock()
	ready := x.ready[dimension]
	x.mu.Unlock()
	if ready {
		return nil
	}
	name := collection(dimension)
	err := x.call(ctx, func(ctx context.Context) error {
		return x.client.CreateCollection(ctx, &qdrant.CreateCollection{
			CollectionName: name, HnswConfig: &qdrant.HnswConfigDiff{M: new(uint64(0)), PayloadM: new(uint64(16))},
			VectorsConfig: qdrant.NewVectorsConfig(&qdrant.VectorParams{
				Size: uint64(dimension), Distance: qdrant.Distance_Cosine, //nolint:gosec // it is positive
			}),
		})
	})
	if err != nil && codeOf(err) != codes.AlreadyExists && !saysThatItExists(err) {
		return err
	}
	for field, tenant := range map[string]bool{userField: true, spaceField: false} {
		err := x.call(ctx, func(ctx context.Context) error { // which is there already is no error
			_, err := x.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{
				CollectionName: name, Wait: new(true), FieldName: field, FieldType: new(qdrant.FieldType_FieldTypeKeyword),
				FieldIndexParams: qdrant.NewPayloadIndexParamsKeyword(&qdrant.KeywordIndexParams{IsTenant: new(tenant)}),
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ready[dimension] = true
	return nil
}

func (x *Index) forget(dimension int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.ready, dimension)
}

// Search implements ports.VectorIndex. Hits that are no points of ours, or have scores that are none, are left out.
func (x *Index) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	var found []*qdrant.ScoredPoint
	err := x.call(ctx, func(ctx context.Context) (err error) {
		found, err = x.client.Query(ctx, &qdrant.QueryPoints{
			CollectionName: collection(p.Dimension), Query: qdrant.NewQueryDense(query), Limit: new(uint64(k)), //nolint:gosec // it is positive
			Filter:      &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchKeyword(userField, p.UserID), qdrant.NewMatchKeyword(spaceField, p.Space.String())}},
			WithPayload: qdrant.NewWithPayload(false),
		})
		return err
	})
	if codeOf(err) == codes.NotFound { // nobody has stored anything of this dimension
		return nil, nil
	}
	if err != nil {
		return nil, refused(ctx, err)
	}
	hits := make([]vector.Hit, 0, len(found))
	for _, f := range found {
		if id, score := f.GetId().GetUuid(), float64(f.GetScore()); id != "" && vector.Honest(score) {
			hits = append(hits, vector.Hit{PointID: id, Score: min(1, max(-1, score))})
		}
	}
	vector.BestFirst(hits)
	return hits, nil
}

// Delete implements ports.VectorIndex.
func (x *Index) Delete(ctx context.Context, p vector.Place, pointIDs []string) error {
	if len(pointIDs) == 0 {
		return nil
	}
	ids := make([]*qdrant.PointId, 0, len(pointIDs))
	for _, id := range pointIDs {
		ids = append(ids, qdrant.NewIDUUID(id))
	}
	err := x.call(ctx, func(ctx context.Context) error {
		_, err := x.client.Delete(ctx, &qdrant.DeletePoints{
			CollectionName: collection(p.Dimension), Wait: new(true), Points: qdrant.NewPointsSelectorFilter(&qdrant.Filter{
				Must: []*qdrant.Condition{qdrant.NewMatchKeyword(userField, p.UserID), qdrant.NewHasID(ids...)},
			}),
		})
		return err
	})
	if codeOf(err) == codes.NotFound {
		return nil
	}
	return refused(ctx, err)
}
