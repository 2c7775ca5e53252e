package contract

// BackupStored names the new backup.
type BackupStored struct {
	OK         bool   `json:"ok" doc:"Always true."`
	ID         string `json:"id"`
	Checksum   string `json:"checksum" doc:"The SHA-256 of the bytes."`
	SizeBytes  int64  `json:"size_bytes"`
	ChunkCount int64  `json:"chunk_count" doc:"How many pieces of it can be verified apart."`
	CreatedAt  int64  `json:"created_at" doc:"When it was complete, by the server's clock."`
	ETag       string `json:"etag" doc:"For If-None-Match and If-Range."`
	ETagAgain  string `json:"-" header:"ETag" doc:"The backup that was stored."`
}

// BackupMetadata is what the server knows of a backup.
type BackupMetadata struct {
	ID         string `json:"id"`
	Version    string `json:"version" doc:"X-Backup-Version, as the client sent it."`
	Timestamp  int64  `json:"timestamp" doc:"X-Backup-Timestamp, as the client sent it."`
	Checksum   string `json:"checksum" doc:"The SHA-256 of the bytes."`
	ChunkCount int64  `json:"chunk_count" doc:"How many pieces of it can be verified apart."`
	SizeBytes  int64  `json:"size_bytes"`
	CreatedAt  int64  `json:"created_at" doc:"When it was complete, by the server's clock. Of two backups of one second the later one has the next."`
}
