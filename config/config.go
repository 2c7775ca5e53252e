package config

import (
	"path/filepath"
	"strings"
	"time"
)

// Env is what kind of deployment this is.
type Env string

// The kinds of deployment.
const (
	Dev  Env = "dev"
	Prod Env = "prod"
)

// Config is all settings. Make one with Load or InMemory.
type Config struct {
	Env     Env
	DataDir string // where a development server keeps everything
	HTTP    HTTP
	Rows    Rows
	Objects Objects
	Vectors Vectors
	Tokens  Tokens
	Hashing Hashing
	LLM     LLM
	Sweep   Sweep
	Log     Log
	Watch   Telemetry
}

// HTTP is how the API is served.
type HTTP struct {
	Host           string        // address to listen on, empty for all
	Port           int           // 0 to 65535; 0 takes a free one
	PublicURL      string        // how clients reach this server, without a slash at the end
	Origins        []string      // browser origins that may call: scheme://host[:port], with * for any host or port
	ProxiesSet     bool          // somebody has thought about TrustedProxies, which may be none
	TrustedProxies []string      // addresses or CIDR ranges whose X-Forwarded-For is believed
	DrainDelay     time.Duration // between turning unready and refusing work
	Drain          time.Duration // how long running requests may go on after SIGTERM
}

// Rows is where accounts and metadata are kept.
type Rows struct {
	URL Secret // postgres://..., sqlite://path or memory:; may hold a password
}

// Kind is postgres, sqlite or memory.
func (r Rows) Kind() string {
	url := r.URL.Reveal()
	switch {
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return "postgres"
	case url == memoryURL:
		return "memory"
	default:
		return "sqlite"
	}
}

// memoryURL keeps nothing: for tests.
const memoryURL = "memory:"

// Objects is where encrypted blobs are kept: a bucket if there is one, else files, or memory where rows are too.
type Objects struct {
	Bucket    string
	Region    string
	Endpoint  string // of an S3 server that is not AWS
	AccessKey string // empty: the AWS SDK's own chain of credentials
	SecretKey Secret
}

// Vectors is where the search index is: in Qdrant if it has a URL, in Pinecone if there is a key, else in files, or memory
// where rows are too.
type Vectors struct {
	QdrantURL     string
	QdrantKey     Secret
	PineconeKey   Secret
	PineconeIndex string
	PineconeHost  string // URL of the control plane; empty for Pinecone's own
}

// Embedded reports that the index lives on this machine.
func (v Vectors) Embedded() bool { return v.QdrantURL == "" && v.PineconeKey == "" }

// Tokens is how access tokens are signed.
type Tokens struct {
	Algorithm string   // HS256, HS384, HS512, RS256 or EdDSA
	Secret    Secret   // of HS*: the shared secret; of RS256 and EdDSA: the private key in PEM
	Previous  []Secret // still accepted, no longer used for signing
	Issuer    string
	Audience  string
	Lifetime  time.Duration // of an access token
}

// Hashing bounds the work that passwords cause.
type Hashing struct {
	Cost     int           // of bcrypt
	Parallel int           // how many at once; 0 for half the processors
	Wait     time.Duration // for a place, then the answer is 503
}

// Sweep is how unused objects are removed.
type Sweep struct {
	Interval time.Duration
	Intent   time.Duration // a write that did not finish by then never will
	Grace    time.Duration // a download of replaced bytes may go on this long
}

// Log is what is logged.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // json or text
}

// Database is the URL of the database in use: the one that was set, else a file in DataDir.
func (c Config) Database() string {
	if c.Rows.URL == "" {
		return "sqlite://" + filepath.ToSlash(filepath.Join(c.DataDir, "adiuva.db"))
	}
	return c.Rows.URL.Reveal()
}

// ObjectDir is the folder of the file store.
func (c Config) ObjectDir() string { return filepath.Join(c.DataDir, "objects") }

// VectorDir is the folder of the embedded search index.
func (c Config) VectorDir() string { return filepath.Join(c.DataDir, "vectors") }

// InMemory are the settings of a server that keeps nothing and listens on a free port of this machine: for tests.
func InMemory() Config {
	c, err := parse(func(name string) string {
		switch name {
		case "DATABASE_URL":
			return memoryURL
		case "HOST":
			return "127.0.0.1"
		case "PORT":
			return "0"
		case "JWT_SECRET":
			return "a secret for tests that is long enough"
		case "BCRYPT_COST":
			return "4"
		default:
			return byName(name).Default
		}
	})
	if err != nil {
		panic("the built-in settings are not valid: " + err.Error()) // start-up of a test
	}
	return c
}
