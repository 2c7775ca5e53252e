package contract

// VectorUpsertRequest stores items that can be found by likeness.
type VectorUpsertRequest struct {
	Vectors []VectorItem `json:"vectors" minItems:"1" maxItems:"500" doc:"All are stored or none. An id may occur once."`
}

// VectorItem is one item that can be found by likeness.
type VectorItem struct {
	ID        string    `json:"id" pattern:"^[!-~]{1,128}$" doc:"The client's own: an item that the user has with this id is replaced." example:"note-17"`
	Blob      []byte    `json:"blob" doc:"The encrypted bytes in standard base64 with padding; at most 64 KiB decoded." example:"aGVsbG8="`
	Checksum  string    `json:"checksum" pattern:"^[0-9a-fA-F]{64}$" doc:"The SHA-256 of the raw bytes in hexadecimal digits." example:"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`
	Embedding []float64 `json:"embedding,omitempty" minItems:"8" maxItems:"4096" doc:"Where the item stands, transformed by the client with a key of its own. Without it a search finds identical blobs only. All in one space have the same number of numbers."`
	Space     string    `json:"space,omitempty" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"What the embedding can be compared with: one model and one key. Goes with an embedding alone; default without it. One call may use 8." example:"notes"`
}

// VectorUpserted is the answer to VectorUpsertRequest.
type VectorUpserted struct {
	Upserted int `json:"upserted" doc:"How many items were stored: all."`
}

// VectorSearchRequest looks for what is alike.
type VectorSearchRequest struct {
	QueryBlob []byte    `json:"query_blob,omitempty" doc:"Finds items that were stored without an embedding and have exactly these bytes; at most 64 KiB decoded. Required without an embedding, and not looked at beside one." example:"aGVsbG8="`
	TopK      int       `json:"top_k,omitempty" minimum:"1" maximum:"100" default:"10" doc:"How many results at most."`
	Embedding []float64 `json:"embedding,omitempty" minItems:"8" maxItems:"4096" doc:"Finds items in the space, transformed as they were."`
	Space     string    `json:"space,omitempty" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"Goes with an embedding alone; default without it." example:"notes"`
}

// VectorSearchResponse is what was found.
type VectorSearchResponse struct {
	Results []VectorSearchResult `json:"results" doc:"The best first; those with the same score by id."`
}

// VectorSearchResult is one item that was found.
type VectorSearchResult struct {
	ID    string  `json:"id"`
	Score float64 `json:"score" doc:"The cosine of the angle to what was searched for: 1 for the same direction, -1 for the opposite one."`
	Blob  []byte  `json:"blob" doc:"The encrypted bytes, as they were stored."`
}

// VectorDeletion names items to delete.
type VectorDeletion struct {
	IDs []string `json:"ids" minItems:"1" maxItems:"1000" doc:"Ids that the user does not have are passed over."`
}

// ExportedVector is what the server knows of an item that can be found by likeness.
type ExportedVector struct {
	ID        string `json:"id"`
	Space     string `json:"space,omitempty" doc:"Absent for an item without an embedding."`
	Dimension int    `json:"dimension,omitempty"`
	Checksum  string `json:"checksum"`
	SizeBytes int64  `json:"size_bytes" doc:"What it counts for: its blob, and four bytes for each number of its embedding."`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}
