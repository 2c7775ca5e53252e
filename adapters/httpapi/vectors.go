package httpapi

import (
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
)

type withVectors struct {
	Body contract.VectorUpsertRequest
}

type withVectorSearch struct {
	Body contract.VectorSearchRequest
}

type withVectorDeletion struct{ Body contract.VectorDeletion }

// vectors are the routes under /storage/vectors.
func (a *API) vectors() {
	uc := a.useCases.Storage
	route(a, operation{
		id: "upsertVectors", method: http.MethodPost, path: "/storage/vectors/upsert", tag: "storage", status: http.StatusOK, class: vectorsBody,
		summary: "Store encrypted items that can be found by likeness",
		description: "The server finds what is alike by embeddings that the client has transformed with a secret key, so that distances stay about what they are: " +
			"it sees the transformed numbers, never a text or a key. They count to the quota of records.",
		fails: []fault.Code{fault.ChecksumMismatch, fault.TierRequired, fault.QuotaExceeded, fault.NotConfigured, fault.StorageFull},
	}, uc.UpsertVectors, func(c call, r withVectors) storage.UpsertVectorsInput {
		in := storage.UpsertVectorsInput{UserID: c.UserID, Items: make([]storage.VectorInput, 0, len(r.Body.Vectors))}
		for _, v := range r.Body.Vectors {
			in.Items = append(in.Items, storage.VectorInput{ID: v.ID, Blob: v.Blob, Checksum: v.Checksum, Embedding: v.Embedding, Space: v.Space})
		}
		return in
	}, func(o storage.UpsertVectorsOutput) contract.VectorUpserted {
		return contract.VectorUpserted{Upserted: o.Upserted}
	})
	route(a, operation{
		id: "searchVectors", method: http.MethodPost, path: "/storage/vectors/search", tag: "storage", status: http.StatusOK, class: vectorQuery,
		summary: "Find the items that are most alike to something", fails: []fault.Code{fault.NotConfigured},
	}, uc.SearchVectors, func(c call, r withVectorSearch) storage.SearchVectorsInput {
		return storage.SearchVectorsInput{UserID: c.UserID, Blob: r.Body.QueryBlob, Embedding: r.Body.Embedding, Space: r.Body.Space, Top: r.Body.TopK}
	}, func(o storage.SearchVectorsOutput) contract.VectorSearchResponse {
		out := contract.VectorSearchResponse{Results: make([]contract.VectorSearchResult, 0, len(o.Matches))}
		for _, m := range o.Matches {
			out.Results = append(out.Results, contract.VectorSearchResult{ID: m.Item.ID, Score: m.Score, Blob: m.Item.Blob})
		}
		return out
	})
	route(a, operation{
		id: "deleteVectors", method: http.MethodDelete, path: "/storage/vectors", tag: "storage", status: http.StatusOK, class: vectorQuery,
		summary: "Delete items that can be found by likeness",
	}, uc.DeleteVectors, func(c call, r withVectorDeletion) storage.DeleteVectorsInput {
		return storage.DeleteVectorsInput{UserID: c.UserID, IDs: r.Body.IDs}
	}, done)
}

func exportedVector(item vector.Item) contract.ExportedVector {
	out := contract.ExportedVector{ID: item.ID, Checksum: item.Checksum.String(), SizeBytes: item.SizeBytes, CreatedAt: millis(item.CreatedAt), UpdatedAt: millis(item.UpdatedAt)}
	if item.Place.Space != vector.Fingerprints {
		out.Space, out.Dimension = item.Place.Space.String(), item.Place.Dimension
	}
	return out
}
