package contract

// Problem is every failure (RFC 9457), as application/problem+json.
type Problem struct {
	Type     string         `json:"type" doc:"Names the kind of problem." example:"urn:adiuva:problem:not_found"`
	Title    string         `json:"title" doc:"The kind of problem, for people."`
	Status   int            `json:"status" doc:"The HTTP status." example:"404"`
	Detail   string         `json:"detail" doc:"What happened and what to do, for people."`
	Instance string         `json:"instance" doc:"The id of the request, as in X-Request-Id."`
	Code     string         `json:"code" doc:"A stable machine word to switch on." example:"not_found"`
	Errors   []ProblemField `json:"errors,omitempty" doc:"For validation_failed: each value that is not allowed."`

	CheckoutURL  string `json:"checkout_url,omitempty" doc:"With payment_required: where to buy it."`
	RequiredTier string `json:"required_tier,omitempty" doc:"With tier_required: the smallest tier that has it."`
	ETag         string `json:"etag,omitempty" doc:"With precondition_failed: the version that there is."`
	LimitBytes   *int64 `json:"limit_bytes,omitempty" doc:"With payload_too_large and quota_exceeded."`
	UsedBytes    *int64 `json:"used_bytes,omitempty" doc:"With quota_exceeded."`
	SizeBytes    *int64 `json:"size_bytes,omitempty" doc:"With range_not_satisfiable: how many bytes there are."`
	RetryAfter   *int64 `json:"retry_after,omitempty" doc:"Seconds until it is worth trying again."`
}

// ProblemField is one value that is not allowed. The value itself is never repeated.
type ProblemField struct {
	Location string `json:"location" doc:"Where the value was sent." example:"body.email"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

// OK is the answer of what has nothing more to say.
type OK struct {
	OK bool `json:"ok" doc:"Always true." example:"true"`
}
