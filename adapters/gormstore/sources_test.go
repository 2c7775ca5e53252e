package gormstore_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What GORM makes of these is measured in research, and no linter finds it: Save takes another tenant's row over, a
// string in First is SQL, a struct in Where loses its zero values, hand-made SQL is judged by nobody.
var (
	forbidden = []string{"Save", "Raw", "Exec", "FirstOrCreate", "FirstOrInit", "Unscoped", "AutoMigrate"}
	inline    = []string{"First", "Take", "Last", "Find", "Delete"} // one argument: conditions stand in Where
	worded    = []string{"Where", "Or", "Not", "Having", "Order", "Joins", "Select", "Group", "Pluck", "Update", "Expr"}
)

func TestSourcesBuildNoSQLByHand(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", nil, 0) //nolint:staticcheck // build tags do not matter here
	require.NoError(t, err)
	require.NotEmpty(t, packages["gormstore"].Files)
	for name, file := range packages["gormstore"].Files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, found := range misuses(file) {
			t.Errorf("%s: %s", files.Position(found.at), found.what)
		}
	}
}

func TestMisusesAreFound(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		`db.Save(&row)`:                                 1,
		`db.Raw("SELECT 1")`:                            1,
		`db.Exec(statement)`:                            1,
		`db.First(&row, id)`:                            1,
		`db.Delete(&row, "id = ?", id)`:                 1,
		`db.Where("id = '" + id + "'").Take(&row)`:      1,
		`db.Where(fmt.Sprintf("id = %s", id))`:          1,
		`db.Where(condition)`:                           1,
		`db.Where(&row)`:                                1,
		`db.Where(recordRow{UserID: userID})`:           1,
		`db.Where(map[string]any{"user_id": userID})`:   1,
		`db.Order(sort)`:                                1,
		`db.Order("a " + direction)`:                    1,
		`gorm.Expr(column + " + 1")`:                    1,
		`db.Where("id = ?", id).Order("id").Take(&row)`: 0,
		`db.Where(ownedBy(id)).Delete(&row)`:            0,
		`db.Where(clause.Lte{Column: c, Value: 1})`:     0,
		`gorm.Expr("? + ?", column, delta)`:             0,
		`users.Delete(ctx, id)`:                         1, // a port's own: call it something else here, or not through a chain
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { "+code+" }", 0)
		require.NoError(t, err)
		assert.Len(t, misuses(file), want, code)
	}
}

type misuse struct {
	at   token.Pos
	what string
}

func misuses(file *ast.File) []misuse {
	var found []misuse
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || isNamed(method.X, "cmp") {
			return true
		}
		name := method.Sel.Name
		switch {
		case slices.Contains(forbidden, name) && len(call.Args) > 0: // Raw() without is a list of callbacks
			found = append(found, misuse{call.Pos(), name + " is not used here"})
		case slices.Contains(inline, name) && len(call.Args) > 1:
			found = append(found, misuse{call.Pos(), name + " with conditions: put them in Where"})
		case slices.Contains(worded, name) && len(call.Args) > 0 && !isFixed(call.Args[0]):
			found = append(found, misuse{call.Pos(), name + " with SQL that is not a literal"})
		}
		return true
	})
	return found
}

// isFixed reports whether an argument is a string literal, a clause, or the owner's condition.
func isFixed(arg ast.Expr) bool {
	switch a := arg.(type) {
	case *ast.BasicLit:
		_, err := strconv.Unquote(a.Value)
		return a.Kind == token.STRING && err == nil
	case *ast.CompositeLit:
		selector, ok := a.Type.(*ast.SelectorExpr)
		return ok && isNamed(selector.X, "clause")
	case *ast.CallExpr:
		return isNamed(a.Fun, "ownedBy")
	case *ast.Ident:
		return a.Name == "which" // a clause.Expression, by the type of the parameter
	}
	return false
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
