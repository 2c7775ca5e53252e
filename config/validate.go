package config

import (
	"errors"
	"fmt"
	"strings"
)

// validate checks what no setting can say alone.
func (c Config) validate() error {
	var problems []error
	if (c.Objects.AccessKey == "") != (c.Objects.SecretKey == "") {
		problems = append(problems, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: set both or neither"))
	}
	if c.Objects.Endpoint != "" && c.Objects.Bucket == "" {
		problems = append(problems, errors.New("S3_BUCKET: must name the bucket at S3_ENDPOINT"))
	}
	problems = append(problems, c.Vectors.problems()...)
	problems = append(problems, c.LLM.problems()...)
	if c.Env == Prod {
		problems = append(problems, c.prodProblems()...)
	}
	return join(problems)
}

func (v Vectors) problems() []error {
	var problems []error
	if v.QdrantKey != "" && v.QdrantURL == "" {
		problems = append(problems, errors.New("QDRANT_URL: must be set where QDRANT_API_KEY is"))
	}
	if (v.PineconeKey == "") != (v.PineconeIndex == "") {
		problems = append(problems, errors.New("PINECONE_API_KEY and PINECONE_INDEX go together: set both or neither"))
	}
	if v.PineconeKey != "" && v.QdrantURL != "" {
		problems = append(problems, errors.New("QDRANT_URL and PINECONE_API_KEY: there is one search index; set one of them"))
	}
	return problems
}

// prodProblems are the defaults that are fine on a laptop and wrong in production.
func (c Config) prodProblems() []error {
	rules := []struct {
		bad  bool
		name string
		say  string
	}{
		{c.Rows.Kind() != "postgres", "DATABASE_URL", "must be a postgres:// URL: SQLite and memory live on one machine"},
		{c.Objects.Bucket == "", "S3_BUCKET", "must name a bucket: files live on one machine"},
		{c.Vectors.Embedded(), "QDRANT_URL", "must be set, or PINECONE_API_KEY: the embedded search index lives on one machine"},
		{c.Tokens.Secret == "", "JWT_SECRET", "must be set: a generated secret lives on one machine (openssl rand -base64 48)"},
		{c.LLM.Offline(), "OPENAI_API_KEY", "must be set, or ANTHROPIC_API_KEY or OLLAMA_URL: the offline model is for development"},
		{!strings.HasPrefix(c.HTTP.PublicURL, "https://"), "PUBLIC_URL", "must be the https:// URL by which clients reach this server"},
		{!c.HTTP.ProxiesSet, "TRUSTED_PROXIES", "must name the proxy that ends TLS, or be none: without it all users seem to come from one address, and one of them can use up the login attempts of all"},
		{c.localOrigin(), "CORS_ORIGINS", "must not allow http://localhost: any program on a user's machine could act for them; set it to app://* and your own origins"},
		{c.Hashing.Cost < 10, "BCRYPT_COST", "must be at least 10"},
	}
	var problems []error
	for _, r := range rules {
		if r.bad {
			problems = append(problems, fmt.Errorf("%s: %s (because ENV=prod)", r.name, r.say))
		}
	}
	return problems
}

func (c Config) localOrigin() bool {
	for _, o := range c.HTTP.Origins {
		if strings.HasPrefix(o, "http://") {
			return true
		}
	}
	return false
}
