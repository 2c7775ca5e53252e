package contract

// Credentials are an account's e-mail and password.
type Credentials struct {
	Email    string `json:"email" doc:"The account's e-mail address." example:"ada@example.com"`
	Password string `json:"password" doc:"8 to 72 bytes." example:"correct horse battery"`
}

// RefreshRequest carries the token that the last answer gave.
type RefreshRequest struct {
	RefreshToken string `json:"refresh_token" doc:"Good once: the answer carries its successor."`
}

// AuthTokens keep a client logged in.
type AuthTokens struct {
	AccessToken  string `json:"access_token" doc:"For the Authorization header, as Bearer token."`
	RefreshToken string `json:"refresh_token" doc:"Opaque; keep it safe."`
	ExpiresAt    int64  `json:"expires_at" doc:"When the access token expires, in ms."`
}

// UserProfile is what users see of themselves.
type UserProfile struct {
	ID       string         `json:"id"`
	Email    string         `json:"email"`
	Tier     string         `json:"tier" enum:"free,pro,power,team"`
	Role     string         `json:"role" enum:"user,reviewer,operator"`
	Features map[string]any `json:"features" doc:"What the tier has, by feature: true or false, or a count; -1 is unlimited."`
}

// PasswordConfirmation proves that it is really the user.
type PasswordConfirmation struct {
	Password string `json:"password" doc:"The account's password."`
}

// PasswordChange replaces the password.
type PasswordChange struct {
	OldPassword string `json:"old_password" doc:"The password as it is."`
	NewPassword string `json:"new_password" doc:"8 to 72 bytes."`
}

// Session is one device that is logged in.
type Session struct {
	ID         string `json:"id"`
	Device     string `json:"device" doc:"What the client called itself."`
	Current    bool   `json:"current" doc:"Whether it is the session that asks."`
	CreatedAt  int64  `json:"created_at"`
	LastUsedAt int64  `json:"last_used_at"`
	ExpiresAt  int64  `json:"expires_at"`
}

// AccountDeletion is how far a deletion went.
type AccountDeletion struct {
	OK       bool `json:"ok" doc:"Always true: the account is closed and nobody can log in to it."`
	Finished bool `json:"finished" doc:"Whether all is gone already; else the rest follows in the background."`
}

// Ticket opens one WebSocket.
type Ticket struct {
	Ticket    string `json:"ticket" doc:"For ?ticket=; good once."`
	ExpiresAt int64  `json:"expires_at"`
}

// AccountExport is everything that the server holds about a user. The bytes of records and backups are read by their id.
type AccountExport struct {
	Profile  ExportedProfile   `json:"profile"`
	Sessions []ExportedSession `json:"sessions"`
	Usage    ExportedUsage     `json:"usage"`
	LLMUsage []LLMUsage        `json:"llm_usage" doc:"The newest day first."`
	Records  []RecordMeta      `json:"records"`
	Backups  []BackupMetadata  `json:"backups" doc:"The newest first."`
	Vectors  []ExportedVector  `json:"vectors" doc:"By id."`
}

// ExportedProfile is the account's row.
type ExportedProfile struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Tier      string `json:"tier"`
	Role      string `json:"role"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

// ExportedSession is one device.
type ExportedSession struct {
	ID         string `json:"id"`
	Device     string `json:"device"`
	CreatedAt  int64  `json:"created_at"`
	LastUsedAt int64  `json:"last_used_at"`
	ExpiresAt  int64  `json:"expires_at"`
}

// ExportedUsage are the bytes that are kept.
type ExportedUsage struct {
	RecordBytes int64 `json:"record_bytes"`
	BackupBytes int64 `json:"backup_bytes"`
}

// LLMUsage is what the user's questions cost on one day with one language model.
type LLMUsage struct {
	Day              string `json:"day" doc:"In UTC." example:"2026-05-13"`
	Model            string `json:"model" doc:"As its provider names it."`
	Calls            int64  `json:"calls" doc:"Of the model: one question may take several."`
	PromptTokens     int64  `json:"prompt_tokens"`
	CompletionTokens int64  `json:"completion_tokens" doc:"Those of answers that were broken off included."`
	EstimatedCalls   int64  `json:"estimated_calls" doc:"How many of the calls we had to count ourselves."`
}
