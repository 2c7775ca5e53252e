package storage

import (
	"context"
	"fmt"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// The index is asked for slack hits more than are wanted, since some may be points that no row names any more; if that is
// not enough it is asked for growth times as many.
const (
	slack  = 20
	growth = 4
)

// SearchVectors finds the user's items that are most alike to something. It works in every tier.
type SearchVectors struct {
	Items ports.VectorItems
	Index ports.VectorIndex
}

// SearchVectorsInput is what to look for.
type SearchVectorsInput struct {
	UserID    string
	Blob      []byte    // finds items without an embedding and with the same blob; not looked at beside Embedding
	Embedding []float64 // finds items with an embedding in Space; nil for none
	Space     string    // see vector.ParseSpace; only with an Embedding
	Top       int       // see vector.ParseTop
}

// SearchVectorsOutput are the items with their blobs, the best first, then by id.
type SearchVectorsOutput struct{ Matches []vector.Match }

// Execute searches. ValidationFailed for what the client got wrong, also for an embedding of another dimension than its
// space has. Of hits that are alike to the last digit at the end of the list any may be left out.
//
// What the index says is not believed: a hit counts only if a row of this user names its point, in the place that was
// searched. So an index that forgets a filter, or is behind, can make a search find less but never something else.
func (u *SearchVectors) Execute(ctx context.Context, in SearchVectorsInput) (SearchVectorsOutput, error) {
	top, err := vector.ParseTop("body.top_k", in.Top)
	if err != nil {
		return SearchVectorsOutput{}, err
	}
	if in.Embedding == nil && in.Blob == nil {
		return SearchVectorsOutput{}, fault.Invalid("body.query_blob", "is required without an embedding")
	}
	if len(in.Blob) > vector.MaxBlobBytes {
		return SearchVectorsOutput{}, fault.New(fault.PayloadTooLarge, "The blob of a search can have at most 64 KiB.").
			With("limit_bytes", int64(vector.MaxBlobBytes))
	}
	space, query, err := placed("body", in.Blob, in.Embedding, in.Space)
	if err != nil {
		return SearchVectorsOutput{}, err
	}
	dimension, err := u.Items.Dimension(ctx, in.UserID, space)
	if err != nil || dimension == 0 {
		return SearchVectorsOutput{}, err
	}
	if dimension != len(query) {
		return SearchVectorsOutput{}, vector.OtherDimension("body.embedding")
	}
	matches, err := u.matches(ctx, vector.Place{UserID: in.UserID, Space: space, Dimension: dimension}, query, top)
	vector.SortMatches(matches)
	return SearchVectorsOutput{matches}, err
}

// matches asks for more and more hits until enough of them count, or there are no more.
func (u *SearchVectors) matches(ctx context.Context, p vector.Place, query vector.Embedding, top int) ([]vector.Match, error) {
	for k := top + slack; ; k *= growth {
		k = min(k, vector.MaxHits)
		hits, err := u.Index.Search(ctx, p, query, k)
		if err != nil {
			return nil, err
		}
		matches, err := u.believe(ctx, p, hits, top)
		if err != nil || len(matches) == top || len(hits) < k || k == vector.MaxHits {
			return matches, err
		}
	}
}

// believe keeps the first top hits that count. It reads the rows a few at a time, so that it holds few blobs.
func (u *SearchVectors) believe(ctx context.Context, p vector.Place, hits []vector.Hit, top int) ([]vector.Match, error) {
	matches, taken := []vector.Match{}, map[string]bool{}
	for len(hits) > 0 && len(matches) < top {
		some := hits[:min(len(hits), top)]
		hits = hits[len(some):]
		ids := make([]string, 0, len(some))
		for _, h := range some {
			ids = append(ids, h.PointID)
		}
		rows, err := u.Items.OfPoints(ctx, p.UserID, ids)
		if err != nil {
			return nil, err
		}
		byPoint := map[string]vector.Item{}
		for _, item := range rows {
			byPoint[item.Point] = item
		}
		for _, h := range some {
			item, known := byPoint[h.PointID]
			if !known || item.Place != p || taken[item.ID] || !vector.Honest(h.Score) || len(matches) == top {
				continue
			}
			if !checksum.Of(item.Blob).Equal(item.Checksum) { // an operator has to find it
				err := fmt.Errorf("point %s", item.Point)
				return nil, fault.Wrap(err, fault.Internal, "The stored bytes of a vector are damaged.")
			}
			taken[item.ID] = true
			matches = append(matches, vector.Match{Item: item, Score: min(1, max(-1, h.Score))})
		}
	}
	return matches, nil
}
