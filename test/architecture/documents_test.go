package architecture

import (
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/config"
)

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.syntax.Name.Name, "_test") {
			continue
		}
		seen[f.dir] = true
		if f.syntax.Doc != nil && len(f.syntax.Doc.Text()) > 40 {
			documented[f.dir] = true
		}
	}
	for dir := range seen {
		assert.True(t, documented[dir], "%s has no package comment", dir)
	}
}

func TestTheGlossaryNamesEveryPackageOfTheDomain(t *testing.T) {
	t.Parallel()
	glossary := read(t, "domain/doc.go")
	entries, err := os.ReadDir(filepath.Join(root, "domain"))
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			named := strings.Contains(glossary, e.Name()) // a failure should not print the whole document
			assert.True(t, named, "domain/%s has no word in the glossary", e.Name())
		}
	}
}

func TestTheReadmeNamesEveryUseCase(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	for _, name := range useCases(t) {
		named := strings.Contains(readme, "`"+name+"`")
		assert.True(t, named, "the table of use cases in README.md misses %s", name)
	}
}

// useCases are the types below application that have an Execute method.
func useCases(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range sources(t) {
		if f.test || !under(f.dir, "application") {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Execute" {
				continue
			}
			recv := fn.Recv.List[0].Type
			if star, ok := recv.(*ast.StarExpr); ok {
				recv = star.X
			}
			if id, ok := recv.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(b)
}

func TestTheReadmeGivesEachSettingItsDefaultAndMeaning(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	for _, s := range config.Settings() {
		def := ""
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		assert.Contains(t, readme, "| `"+s.Name+"` | "+def+" | "+s.Doc+" |", "the line of %s in README.md", s.Name)
	}
}
