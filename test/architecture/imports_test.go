package architecture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// layer says what the code below a folder may import of the house, beside its own subtree. The longest folder wins.
type layer struct {
	dir     string
	imports []string
}

// layers is the table of who may import whom. A folder that stands in none is a failure: it needs a decision.
var layers = []layer{
	{"domain", []string{"domain"}},
	{"ports", []string{"domain"}},
	{"ports/porttest", []string{"domain", "ports"}},
	{"application", nil},
	{"application/usecase", []string{"domain", "ports"}},
	{"application/entitlements", []string{"domain", "ports"}},
	{"application/accounts", []string{"domain", "ports", "application/usecase", "application/entitlements"}},
	{"application/storage", []string{"domain", "ports", "application/usecase", "application/entitlements"}},
	{"application/orchestration", []string{"domain", "ports", "application/usecase", "application/entitlements"}},
	{"application/operations", []string{"domain", "ports", "application/usecase", "application/entitlements"}},
	{"adapters/memory", []string{"domain", "ports"}},
	{"adapters/gormstore", []string{"domain", "ports"}},
	{"adapters/blob/fileblob", []string{"domain", "ports"}},
	{"adapters/blob/s3blob", []string{"domain", "ports"}},
	{"adapters/vector/flatvector", []string{"domain", "ports"}},
	{"adapters/vector/pineconevector", []string{"domain", "ports"}},
	{"adapters/vector/qdrantvector", []string{"domain", "ports"}},
	{"adapters/llm/chainllm", []string{"domain", "ports"}},
	{"adapters/llm/offlinellm", []string{"domain", "ports"}},
	{"adapters/llm/steadyllm", []string{"domain", "ports"}},
	{"adapters/credential/bcrypthash", []string{"domain", "ports"}},
	{"adapters/credential/jwttoken", []string{"domain", "ports"}},
	{"adapters/telemetry", []string{"domain", "ports"}},
	{"adapters/system", []string{"domain", "ports"}},
	{"adapters/httpapi", []string{"domain", "ports", "application"}},
	{"adapters/httpapi/contract", nil},
	{"adapters/jobs", []string{"domain", "ports", "application"}},
	{"migrations", nil},
	{"config", nil},
	{"cmd/assembly", []string{"domain", "ports", "application", "adapters", "config", "migrations"}},
	{"cmd/adiuva", []string{"cmd/assembly", "config", "migrations", "application", "domain", "adapters/httpapi/contract"}},
	{"test", []string{"domain", "ports", "application", "adapters", "config", "migrations", "cmd"}},
}

// testExtras are what tests beside the code may use on top: the suites, the memory adapters, the schema, and the fakes and
// the finder of real servers below test.
var testExtras = []string{"ports/porttest", "adapters/memory", "migrations", "test"}

// homes says where an outside library may be imported; tests below test/ may speak any protocol.
var homes = map[string][]string{
	"gorm.io":                         {"adapters/gormstore"},
	"github.com/glebarez":             {"adapters/gormstore", "migrations"},
	"github.com/jackc/pgx":            {"adapters/gormstore", "migrations"},
	"github.com/pressly/goose":        {"migrations"},
	"github.com/aws":                  {"adapters/blob/s3blob"},
	"github.com/tmc/langchaingo":      {"adapters/llm/chainllm"},
	"github.com/failsafe-go":          {"adapters/llm/steadyllm", "adapters/gormstore", "adapters/blob/s3blob"},
	"github.com/gofiber":              {"adapters/httpapi"},
	"github.com/valyala":              {"adapters/httpapi"},
	"github.com/fasthttp/websocket":   {"adapters/httpapi", "cmd/adiuva"}, // both ends: the demo is a client
	"github.com/coder/websocket":      {},                                 // the client of tests
	"github.com/danielgtaylor/huma":   {"adapters/httpapi"},
	"github.com/golang-jwt":           {"adapters/credential/jwttoken"},
	"golang.org/x/crypto/bcrypt":      {"adapters/credential/bcrypthash"},
	"golang.org/x/sync/semaphore":     {"adapters/credential/bcrypthash", "adapters/httpapi"},
	"github.com/google/uuid":          {"adapters/system", "adapters/memory", "adapters/httpapi", "application/storage"},
	"github.com/prometheus":           {"adapters/telemetry"},
	"go.opentelemetry.io":             {"adapters/telemetry"},
	"github.com/spf13/viper":          {"config"},
	"github.com/spf13/cobra":          {"cmd/adiuva"},
	"github.com/google/wire":          {"cmd/assembly"},
	"github.com/google/jsonschema-go": {"application/orchestration/agents"},
	"github.com/hashicorp/golang-lru": {"application/orchestration/plans"},
	"golang.org/x/text":               {"application/orchestration/sanitizer"},
	"modernc.org/sqlite":              {"adapters/gormstore"},
	"github.com/stretchr/testify":     {"ports/porttest"},
	"pgregory.net/rapid":              {},
	"go.uber.org/goleak":              {},
	"github.com/qdrant/go-client":     {"adapters/vector/qdrantvector"},
	"github.com/pinecone-io":          {"adapters/vector/pineconevector"},
	"google.golang.org/grpc":          {"adapters/vector/qdrantvector", "adapters/vector/pineconevector"},
	"google.golang.org/protobuf":      {"adapters/vector/pineconevector"},
}

func TestEveryImportGoesInwards(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, problem := range violations(f) {
			assert.Fail(t, problem)
		}
	}
}

func TestEachLibraryIsImportedInItsHomeOnly(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, problem := range strangers(f) {
			assert.Fail(t, problem)
		}
	}
}

func TestTheRulesRefuseWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	refused := map[string]string{
		"domain/tier/x.go":                 module + "ports",
		"ports/x.go":                       module + "application/accounts",
		"application/accounts/x.go":        module + "application/storage",
		"application/storage/x.go":         module + "adapters/memory",
		"adapters/gormstore/x.go":          module + "adapters/memory",
		"adapters/httpapi/contract/x.go":   module + "domain/chat",
		"adapters/nowhere/x.go":            module + "domain/chat",
		"config/x.go":                      module + "domain/tier",
		"cmd/adiuva/x.go":                  module + "adapters/gormstore",
		"application/storage/blob_test.go": module + "adapters/gormstore",
	}
	for path, imported := range refused {
		assert.NotEmpty(t, violations(fake(path, imported)), "%s imports %s", path, imported)
	}
	assert.Empty(t, violations(fake("application/storage/blob_test.go", module+"adapters/memory")))
	for path, imported := range map[string]string{
		"application/storage/x.go":     "gorm.io/gorm",
		"domain/record/x.go":           "github.com/google/uuid",
		"adapters/jobs/x.go":           "github.com/gofiber/fiber/v2",
		"adapters/gormstore/x.go":      "github.com/stretchr/testify/require",
		"adapters/jobs/x_test.go":      "github.com/gofiber/fiber/v2",
		"application/accounts/x.go":    "example.com/unknown/library",
		"adapters/llm/chainllm/y.go":   "github.com/spf13/viper",
		"adapters/httpapi/middle/y.go": "github.com/google/wire",
	} {
		assert.NotEmpty(t, strangers(fake(path, imported)), "%s imports %s", path, imported)
	}
}

func fake(path, imported string) file {
	return file{path: path, dir: path[:strings.LastIndex(path, "/")], test: strings.HasSuffix(path, "_test.go"), imports: []string{imported}}
}

// violations are the imports of the house that f may not have.
func violations(f file) []string {
	l, ok := layerOf(f.dir)
	if !ok {
		return []string{f.dir + " stands in no layer: decide where it belongs in layers"}
	}
	allowed := append([]string{l.dir}, l.imports...)
	if f.test {
		allowed = append(allowed, testExtras...)
	}
	var problems []string
	for _, path := range f.imports {
		target, ours := strings.CutPrefix(path, module)
		if ours && !anyUnder(target, allowed) {
			problems = append(problems, fmt.Sprintf("%s imports %s, which %s may not", f.path, target, l.dir))
		}
	}
	return problems
}

func layerOf(dir string) (layer, bool) {
	var best layer
	for _, l := range layers {
		if under(dir, l.dir) && len(l.dir) > len(best.dir) {
			best = l
		}
	}
	return best, best.dir != ""
}

func anyUnder(path string, dirs []string) bool {
	for _, d := range dirs {
		if under(path, d) {
			return true
		}
	}
	return false
}

// strangers are the outside libraries that f imports away from their homes.
func strangers(f file) []string {
	var problems []string
	for _, path := range f.imports {
		first, _, _ := strings.Cut(path, "/")
		if strings.HasPrefix(path, module) || !strings.Contains(first, ".") || under(f.dir, "test") {
			continue
		}
		if f.test && anyUnder(path, []string{"github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/coder/websocket"}) {
			continue
		}
		rooms, known := homeOf(path)
		switch {
		case !known:
			problems = append(problems, fmt.Sprintf("%s imports %s, which has no home yet: decide on one", f.path, path))
		case !anyUnder(f.dir, rooms):
			problems = append(problems, fmt.Sprintf("%s imports %s, whose home is %s", f.path, path, strings.Join(rooms, ", ")))
		}
	}
	return problems
}

func homeOf(path string) ([]string, bool) {
	for prefix, rooms := range homes {
		if path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") {
			return rooms, true
		}
	}
	return nil, false
}
