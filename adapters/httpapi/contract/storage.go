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
