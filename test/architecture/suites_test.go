package architecture

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unsuited are the ports that no suite can judge, each with its reason.
var unsuited = map[string]string{
	"Observer": "is told things and answers nothing",
}

// TestEveryPortHasASuite wants for each interface in ports an exported function of its name in porttest.
func TestEveryPortHasASuite(t *testing.T) {
	t.Parallel()
	files := sources(t)
	suites := exportedFuncs(files, "ports/porttest")
	interfaces := interfacesIn(files)
	require.NotEmpty(t, interfaces)
	for _, name := range interfaces {
		if _, exempt := unsuited[name]; !exempt {
			assert.True(t, suites[name], "ports.%s has no suite porttest.%s", name, name)
		}
	}
}

// TestEveryAdapterRunsTheSuitesOfItsPorts goes by the lines `var _ ports.X = (*Y)(nil)`: the package that has one calls
// porttest.X in its tests.
func TestEveryAdapterRunsTheSuitesOfItsPorts(t *testing.T) {
	t.Parallel()
	files := sources(t)
	claims, calls := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, f := range files {
		if !under(f.dir, "adapters") {
			continue
		}
		if f.test {
			add(calls, f.dir, selectors(f.syntax, "porttest"))
		} else {
			add(claims, f.dir, claimed(f.syntax))
		}
	}
	require.NotEmpty(t, claims)
	for _, dir := range slices.Sorted(maps.Keys(claims)) {
		for _, port := range slices.Sorted(maps.Keys(claims[dir])) {
			if _, exempt := unsuited[port]; !exempt {
				assert.True(t, calls[dir][port], "%s implements ports.%s and does not run porttest.%s", dir, port, port)
			}
		}
	}
	for _, name := range interfacesIn(files) {
		if _, exempt := unsuited[name]; !exempt {
			assert.True(t, claims["adapters/memory"][name], "adapters/memory has no ports.%s", name)
		}
	}
}

// TestEverySuiteIsShownToFail wants porttest.Failing called with the cases of every suite: porttest.XCases.
func TestEverySuiteIsShownToFail(t *testing.T) {
	t.Parallel()
	files := sources(t)
	proven := map[string]bool{}
	for _, f := range files {
		if f.test {
			maps.Copy(proven, selectors(f.syntax, "porttest"))
		}
	}
	for _, name := range interfacesIn(files) {
		if _, exempt := unsuited[name]; !exempt {
			assert.True(t, proven[name+"Cases"], "no test shows with porttest.Failing(porttest.%sCases, ...) that the suite can fail", name)
		}
	}
}

func add(to map[string]map[string]bool, dir string, names map[string]bool) {
	if len(names) == 0 {
		return
	}
	if to[dir] == nil {
		to[dir] = map[string]bool{}
	}
	maps.Copy(to[dir], names)
}

func interfacesIn(files []file) []string {
	var names []string
	for _, f := range files {
		if f.dir != "ports" || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if _, ok := spec.Type.(*ast.InterfaceType); ok {
					names = append(names, spec.Name.Name)
				}
			}
			return true
		})
	}
	return names
}

func exportedFuncs(files []file, dir string) map[string]bool {
	names := map[string]bool{}
	for _, f := range files {
		if f.dir != dir {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.IsExported() {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

// selectors are the names that a file takes from a package.
func selectors(f *ast.File, pkg string) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == pkg {
				names[sel.Sel.Name] = true
			}
		}
		return true
	})
	return names
}

// claimed are the ports in lines like `var _ ports.X = (*Y)(nil)`.
func claimed(f *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, s := range gen.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != "_" {
				continue
			}
			if sel, ok := spec.Type.(*ast.SelectorExpr); ok && strings.HasSuffix(sel.X.(*ast.Ident).Name, "ports") {
				names[sel.Sel.Name] = true
			}
		}
	}
	return names
}
