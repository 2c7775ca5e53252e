package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one line of the table of settings.
type Setting struct {
	Name    string // of the environment variable; a flag or a key in a file is the same in lower case, with - or _
	Default string // empty: see Doc
	Secret  bool
	Doc     string
	set     func(c *Config, value string) error
}

// noProxies says that there are none, where leaving the setting empty could be an oversight.
const noProxies = "none"

// defaultOrigins are the Electron app and its development server.
const defaultOrigins = "app://*,http://localhost:*"

// Settings is the table of everything that can be set, in the order in which it is documented.
func Settings() []Setting { return slices.Clone(settings) }

var settings = []Setting{
	{"ENV", "dev", false, "dev or prod. prod refuses defaults that are insecure or bound to one machine.",
		func(c *Config, v string) error { c.Env = Env(v); return oneOf(v, "dev", "prod") }},
	{"DATA_DIR", "./data", false, "Folder of a development server: database, objects, generated secret.",
		func(c *Config, v string) error { c.DataDir = v; return notEmpty(v) }},
	{"HOST", "", false, "Address to listen on; empty for all.",
		func(c *Config, v string) error { c.HTTP.Host = v; return nil }},
	{"PORT", "8000", false, "Port to listen on; 0 takes a free one.",
		func(c *Config, v string) error { return parseInt(v, 0, 65535, &c.HTTP.Port) }},
	{"PUBLIC_URL", "", false, "How clients reach this server, as in https://api.example.com; empty in dev for http://localhost:PORT.",
		func(c *Config, v string) error { c.HTTP.PublicURL = strings.TrimSuffix(v, "/"); return webURL(v) }},
	{"CORS_ORIGINS", defaultOrigins, false, "Browser origins that may call, separated by commas; * stands for any host or any port. A + in front of the list adds it to the default.",
		func(c *Config, v string) error { return parseOrigins(v, &c.HTTP.Origins) }},
	{"TRUSTED_PROXIES", "", false, "Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed, separated by commas; none if clients connect directly.",
		func(c *Config, v string) error {
			c.HTTP.ProxiesSet = v != ""
			return parseProxies(v, &c.HTTP.TrustedProxies)
		}},
	{"DRAIN_DELAY", "0s", false, "How long after SIGTERM new requests are still taken, with readiness at 503, for load balancers to notice.",
		func(c *Config, v string) error { return parseDuration(v, 0, time.Minute, &c.HTTP.DrainDelay) }},
	{"DRAIN_TIMEOUT", "30s", false, "How long running requests may go on after that.",
		func(c *Config, v string) error { return parseDuration(v, time.Second, 10*time.Minute, &c.HTTP.Drain) }},
	{"DATABASE_URL", "", true, "postgres://user:password@host/name, sqlite://path, or memory: to keep nothing; empty for a SQLite file in DATA_DIR.",
		func(c *Config, v string) error { c.Rows.URL = Secret(v); return databaseURL(v) }},
	{"S3_BUCKET", "", false, "Bucket for encrypted objects; empty for files in DATA_DIR.",
		func(c *Config, v string) error { c.Objects.Bucket = v; return nil }},
	{"S3_REGION", "eu-central-1", false, "Region of the bucket.",
		func(c *Config, v string) error { c.Objects.Region = v; return notEmpty(v) }},
	{"S3_ENDPOINT", "", false, "URL of an S3 server that is not AWS, as in http://localhost:9000.",
		func(c *Config, v string) error { c.Objects.Endpoint = v; return webURL(v) }},
	{"AWS_ACCESS_KEY_ID", "", false, "Access key of the bucket; empty for the AWS SDK's own chain of credentials.",
		func(c *Config, v string) error { c.Objects.AccessKey = v; return nil }},
	{"AWS_SECRET_ACCESS_KEY", "", true, "Secret key of the bucket.",
		func(c *Config, v string) error { c.Objects.SecretKey = Secret(v); return nil }},
	{"QDRANT_URL", "", false, "URL of a Qdrant server for the search index, as in http://localhost:6334: the port of gRPC. Empty for the embedded index in DATA_DIR.",
		func(c *Config, v string) error { c.Vectors.QdrantURL = v; return webURL(v) }},
	{"QDRANT_API_KEY", "", true, "Key of the Qdrant server; empty for none.",
		func(c *Config, v string) error { c.Vectors.QdrantKey = Secret(v); return nil }},
	{"PINECONE_API_KEY", "", true, "Key of Pinecone, for the search index in PINECONE_INDEX in place of Qdrant.",
		func(c *Config, v string) error { c.Vectors.PineconeKey = Secret(v); return nil }},
	{"PINECONE_INDEX", "", false, "Name of an index in Pinecone with the metric cosine and as many dimensions as the longest embeddings have, at least 32.",
		func(c *Config, v string) error { c.Vectors.PineconeIndex = v; return nil }},
	{"PINECONE_HOST", "", false, "URL of Pinecone's control plane; empty for https://api.pinecone.io.",
		func(c *Config, v string) error { c.Vectors.PineconeHost = v; return webURL(v) }},
	{"JWT_ALGORITHM", "HS256", false, "HS256, HS384, HS512, RS256 or EdDSA.",
		func(c *Config, v string) error {
			c.Tokens.Algorithm = v
			return oneOf(v, "HS256", "HS384", "HS512", "RS256", "EdDSA")
		}},
	{"JWT_SECRET", "", true, "Secret of HS* (at least as many bytes as the hash: 32, 48, 64), or the private key in PEM of RS256 and EdDSA; empty in dev for one generated in DATA_DIR.",
		func(c *Config, v string) error { c.Tokens.Secret = Secret(v); return nil }},
	{"JWT_PREVIOUS_SECRETS", "", true, "Secrets, separated by commas, whose tokens are still accepted after a rotation; PEM keys of RS256 and EdDSA likewise.",
		func(c *Config, v string) error {
			for _, s := range list(v) {
				c.Tokens.Previous = append(c.Tokens.Previous, Secret(s))
			}
			return nil
		}},
	{"JWT_ISSUER", "adiuva", false, "The iss of access tokens.",
		func(c *Config, v string) error { c.Tokens.Issuer = v; return notEmpty(v) }},
	{"JWT_AUDIENCE", "adiuva-api", false, "The aud of access tokens.",
		func(c *Config, v string) error { c.Tokens.Audience = v; return notEmpty(v) }},
	{"ACCESS_TOKEN_LIFETIME", "15m", false, "How long an access token is valid.",
		func(c *Config, v string) error {
			return parseDuration(v, time.Second, 24*time.Hour, &c.Tokens.Lifetime)
		}},
	{"BCRYPT_COST", "12", false, "Cost of password hashes, 4 to 16; prod wants at least 10.",
		func(c *Config, v string) error { return parseInt(v, 4, 16, &c.Hashing.Cost) }},
	{"BCRYPT_PARALLEL", "0", false, "How many password hashes are computed at once; 0 for half the processors.",
		func(c *Config, v string) error { return parseInt(v, 0, 1024, &c.Hashing.Parallel) }},
	{"BCRYPT_WAIT", "2s", false, "How long a login waits for its turn before the answer is 503.",
		func(c *Config, v string) error { return parseDuration(v, 0, time.Minute, &c.Hashing.Wait) }},
	{"LLM_PROVIDERS", "", false, "Providers of models in the order in which they are asked, of openai, anthropic and ollama, separated by commas; when one fails, the next one answers. Empty for all that are configured, in this order; with none the built-in offline model answers.",
		func(c *Config, v string) error { return parseProviders(v, &c.LLM.Order) }},
	{"OPENAI_API_KEY", "", true, "Key of OpenAI, or of the API at OPENAI_BASE_URL.",
		func(c *Config, v string) error { c.LLM.OpenAI.APIKey = Secret(v); return nil }},
	{"OPENAI_BASE_URL", "", false, "Base URL of an OpenAI-compatible API; empty for https://api.openai.com/v1.",
		func(c *Config, v string) error { c.LLM.OpenAI.BaseURL = strings.TrimSuffix(v, "/"); return webURL(v) }},
	{"LLM_MODEL", "gpt-4o", false, "Model of openai that answers.",
		func(c *Config, v string) error { c.LLM.OpenAI.Model = v; return notEmpty(v) }},
	{"LLM_ROUTER_MODEL", "gpt-4o-mini", false, "Model of openai that decides which agent answers; a server with one model wants it here too.",
		func(c *Config, v string) error { c.LLM.OpenAI.RouterModel = v; return notEmpty(v) }},
	{"ANTHROPIC_API_KEY", "", true, "Key of Anthropic, or of the API at ANTHROPIC_BASE_URL.",
		func(c *Config, v string) error { c.LLM.Anthropic.APIKey = Secret(v); return nil }},
	{"ANTHROPIC_BASE_URL", "", false, "Base URL of an Anthropic-compatible API, with or without /v1; empty for https://api.anthropic.com.",
		func(c *Config, v string) error { return parseServer(v, &c.LLM.Anthropic.BaseURL) }},
	{"ANTHROPIC_MODEL", "claude-sonnet-4-6", false, "Model of anthropic that answers.",
		func(c *Config, v string) error { c.LLM.Anthropic.Model = v; return notEmpty(v) }},
	{"ANTHROPIC_ROUTER_MODEL", "claude-haiku-4-5", false, "Model of anthropic that decides which agent answers.",
		func(c *Config, v string) error { c.LLM.Anthropic.RouterModel = v; return notEmpty(v) }},
	{"OLLAMA_URL", "", false, "URL of an Ollama server, as in http://localhost:11434; empty for none.",
		func(c *Config, v string) error { return parseServer(v, &c.LLM.Ollama.BaseURL) }},
	{"OLLAMA_MODEL", "llama3.1", false, "Model of ollama that answers; it must be able to use tools.",
		func(c *Config, v string) error { c.LLM.Ollama.Model = v; return notEmpty(v) }},
	{"OLLAMA_ROUTER_MODEL", "", false, "Model of ollama that decides which agent answers; empty for OLLAMA_MODEL.",
		func(c *Config, v string) error { c.LLM.Ollama.RouterModel = v; return nil }},
	{"LLM_MODELS", "", false, "Further models that paying users may choose, separated by commas: names of the first provider, or with another in front, as in anthropic:claude-opus-4-8 or ollama:llama3:8b. Users name them without it.",
		func(c *Config, v string) error { c.LLM.Listed = list(v); return nil }},
	{"LLM_TIMEOUT", "60s", false, "Longest time for one answer, with all the calls of models that it takes.",
		func(c *Config, v string) error { return parseDuration(v, time.Second, 80*time.Second, &c.LLM.Total) }},
	{"LLM_FIRST_TOKEN_TIMEOUT", "20s", false, "How long a model may take to begin.",
		func(c *Config, v string) error {
			return parseDuration(v, time.Second, 10*time.Minute, &c.LLM.FirstToken)
		}},
	{"LLM_IDLE_TIMEOUT", "15s", false, "How long a model may pause while it answers.",
		func(c *Config, v string) error { return parseDuration(v, time.Second, 10*time.Minute, &c.LLM.Idle) }},
	{"SWEEP_INTERVAL", "1m", false, "How often unused objects are looked for.",
		func(c *Config, v string) error {
			return parseDuration(v, 10*time.Millisecond, 24*time.Hour, &c.Sweep.Interval)
		}},
	{"SWEEP_INTENT_LIFETIME", "1h", false, "After this, an upload that did not finish is given up and its object removed.",
		func(c *Config, v string) error {
			return parseDuration(v, 10*time.Millisecond, 7*24*time.Hour, &c.Sweep.Intent)
		}},
	{"SWEEP_READER_GRACE", "10m", false, "How long replaced bytes stay for downloads that are under way.",
		func(c *Config, v string) error {
			return parseDuration(v, time.Millisecond, 24*time.Hour, &c.Sweep.Grace)
		}},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error.",
		func(c *Config, v string) error { c.Log.Level = v; return oneOf(v, "debug", "info", "warn", "error") }},
	{"LOG_FORMAT", "json", false, "json, or text for reading at a terminal.",
		func(c *Config, v string) error { c.Log.Format = v; return oneOf(v, "json", "text") }},
	{"METRICS_ADDR", "127.0.0.1:0", false, "Address of GET /metrics for Prometheus, apart from the API; port 0 takes a free one, empty turns it off. Whoever reaches it reads it: keep it off the internet.",
		func(c *Config, v string) error { c.Watch.MetricsAddr = v; return listenAddress(v) }},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "", false, "Base URL of an OpenTelemetry collector that takes OTLP over HTTP, as in http://localhost:4318; empty for no traces.",
		func(c *Config, v string) error { c.Watch.Collector = v; return webURL(v) }},
	{"OTEL_EXPORTER_OTLP_HEADERS", "", true, "Headers for the collector: name=value, separated by commas, values percent-encoded where needed.",
		func(c *Config, v string) (err error) { c.Watch.Headers, err = parseHeaders(v); return err }},
	{"OTEL_SERVICE_NAME", "adiuva", false, "What this server is called in traces.",
		func(c *Config, v string) error { c.Watch.Service = v; return notEmpty(v) }},
	{"OTEL_TRACES_SAMPLER_ARG", "1", false, "Share of traces to keep, 0 to 1, of those that begin here; of others, who began them decides.",
		func(c *Config, v string) error { return parseShare(v, &c.Watch.Share) }},
}

func byName(name string) Setting {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
	return settings[i]
}

// list parts v at commas and drops what is empty.
func list(v string) []string {
	var out []string
	for s := range strings.SplitSeq(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func notEmpty(v string) error {
	if v == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func oneOf(v string, allowed ...string) error {
	if !slices.Contains(allowed, v) {
		return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
	}
	return nil
}

func parseInt(v string, low, high int, to *int) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		return fmt.Errorf("must be a whole number from %d to %d", low, high)
	}
	*to = n
	return nil
}

func parseDuration(v string, low, high time.Duration, to *time.Duration) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < low || d > high {
		return fmt.Errorf("must be a duration from %s to %s, like 90s or 15m", low, high)
	}
	*to = d
	return nil
}

func webURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return errors.New("must be an http:// or https:// URL without a user")
	}
	return nil
}

func databaseURL(v string) error {
	for _, prefix := range []string{"postgres://", "postgresql://", "sqlite://"} {
		if strings.HasPrefix(v, prefix) {
			return nil
		}
	}
	if v != "" && v != memoryURL {
		return errors.New("must be memory: or begin with postgres://, postgresql:// or sqlite://")
	}
	return nil
}

func parseOrigins(v string, to *[]string) error {
	if added, ok := strings.CutPrefix(v, "+"); ok {
		*to = list(defaultOrigins)
		v = added
	}
	for _, o := range list(v) {
		if o == "*" {
			return errors.New("must name origins; * would let every web page act for your users")
		}
		scheme, host, ok := strings.Cut(o, "://")
		if !ok || scheme == "" || host == "" || strings.ContainsAny(host, "/?#@") {
			return fmt.Errorf("%q is not scheme://host or scheme://host:port", o)
		}
		*to = append(*to, strings.ToLower(o))
	}
	return nil
}

func parseProxies(v string, to *[]string) error {
	if v == noProxies {
		return nil
	}
	for _, p := range list(v) {
		_, errAddr := netip.ParseAddr(p)
		_, errNet := netip.ParsePrefix(p)
		if errAddr != nil && errNet != nil {
			return fmt.Errorf("%q is neither an address nor a CIDR range", p)
		}
		*to = append(*to, p)
	}
	return nil
}
