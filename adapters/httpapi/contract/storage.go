package contract

// StorageRecordCreate stores encrypted bytes.
type StorageRecordCreate struct {
	ID       string `json:"id,omitempty" maxLength:"36" doc:"A UUID of the client's choice; the server makes one without it." example:"018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"`
	Table    string `json:"table" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"The app's table that the record belongs to." example:"notes"`
	Blob     []byte `json:"blob" doc:"The encrypted bytes in standard base64 with padding; at most 10 MiB decoded." example:"aGVsbG8="`
	Checksum string `json:"checksum" pattern:"^[0-9a-fA-F]{64}$" doc:"The SHA-256 of the raw bytes in hexadecimal digits." example:"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`
}

// StorageRecordCreated names the new record.
type StorageRecordCreated struct {
	ID        string `json:"id"`
	CreatedAt int64  `json:"created_at"`
	ETag      string `json:"etag" doc:"For If-Match."`
	ETagAgain string `json:"-" header:"ETag" doc:"The version that was stored."`
}

// StorageRecordUpdate replaces the bytes of a record.
type StorageRecordUpdate struct {
	Blob     []byte `json:"blob" doc:"The encrypted bytes in standard base64 with padding; at most 10 MiB decoded." example:"aGVsbG8="`
	Checksum string `json:"checksum" pattern:"^[0-9a-fA-F]{64}$" doc:"The SHA-256 of the raw bytes in hexadecimal digits." example:"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`
}

// StorageRecordUpdated is the answer to a replacement.
type StorageRecordUpdated struct {
	OK        bool   `json:"ok" doc:"Always true."`
	ETag      string `json:"etag" doc:"For the next If-Match."`
	UpdatedAt int64  `json:"updated_at"`
	ETagAgain string `json:"-" header:"ETag" doc:"The version that was stored."`
}

// StorageBatch writes many records in one call.
type StorageBatch struct {
	Operations []StorageBatchOperation `json:"operations" minItems:"1" maxItems:"100" doc:"Each is carried out alone, in order: one that fails takes none with it. An id may occur once."`
}

// StorageBatchOperation writes one record.
type StorageBatchOperation struct {
	Op       string `json:"op" enum:"create,update,delete" doc:"Create takes table, blob and checksum, and an id if the client chose one; update takes id, blob and checksum, delete the id, both an if_match."`
	ID       string `json:"id,omitempty" maxLength:"36" doc:"A UUID. Without it a new record gets one of the server; a retry after a lost answer is safe with it." example:"018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"`
	Table    string `json:"table,omitempty" pattern:"^[a-z][a-z0-9_]{0,62}$" example:"notes"`
	Blob     []byte `json:"blob,omitempty" doc:"The encrypted bytes in standard base64 with padding; at most 10 MiB decoded." example:"aGVsbG8="`
	Checksum string `json:"checksum,omitempty" pattern:"^[0-9a-fA-F]{64}$" doc:"The SHA-256 of the raw bytes in hexadecimal digits." example:"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`
	IfMatch  string `json:"if_match,omitempty" maxLength:"1000" doc:"As the header If-Match: only if the record still has this ETag."`
}

// StorageBatchResults tell what became of each operation.
type StorageBatchResults struct {
	Results []StorageBatchResult `json:"results" doc:"One for each operation, in order."`
}

// StorageBatchResult is what became of one operation.
type StorageBatchResult struct {
	Status    int      `json:"status" doc:"What the operation's own route would have answered." example:"201"`
	ID        string   `json:"id,omitempty" doc:"Absent if a new record was refused before it had one."`
	ETag      string   `json:"etag,omitempty" doc:"For If-Match."`
	CreatedAt *int64   `json:"created_at,omitempty"`
	UpdatedAt *int64   `json:"updated_at,omitempty"`
	Error     *Problem `json:"error,omitempty" doc:"Why it was not done."`
}

// Changes are a part of the feed that devices sync from.
type Changes struct {
	Changes    []Change `json:"changes" doc:"In the order in which things happened. A record is in it once, with what became of it last; an id that was used again in another table is in it once for each."`
	NextCursor string   `json:"next_cursor" doc:"For the next request, also when there is no more yet. It is opaque and good for 90 days."`
	HasMore    bool     `json:"has_more" doc:"There is more to read now."`
}

// Change is one record that came to be, has new bytes, or is gone.
type Change struct {
	Seq       int64  `json:"seq" doc:"The number of the write among the user's writes. Later is greater." example:"42"`
	ID        string `json:"id"`
	Table     string `json:"table"`
	Deleted   bool   `json:"deleted" doc:"The record is gone. Then the fields that describe its bytes are absent."`
	Checksum  string `json:"checksum,omitempty"`
	SizeBytes *int64 `json:"size_bytes,omitempty"`
	ETag      string `json:"etag,omitempty" doc:"For If-Match."`
	CreatedAt *int64 `json:"created_at,omitempty"`
	UpdatedAt int64  `json:"updated_at" doc:"When this happened."`
}

// StorageUsage is how much a user keeps and may keep.
type StorageUsage struct {
	Records StorageRoom `json:"records"`
	Backups StorageRoom `json:"backups"`
}

// StorageRoom is what is used of what there is.
type StorageRoom struct {
	UsedBytes  int64 `json:"used_bytes" doc:"More than the limit after a downgrade: then nothing can be stored until it fits."`
	LimitBytes int64 `json:"limit_bytes" doc:"0 if the tier has none, -1 if there is no limit." example:"5000000000"`
}

// RecordMeta is what the server knows of a record.
type RecordMeta struct {
	ID        string `json:"id"`
	Table     string `json:"table"`
	Checksum  string `json:"checksum"`
	SizeBytes int64  `json:"size_bytes"`
	ETag      string `json:"etag"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}
