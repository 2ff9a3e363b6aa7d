package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// callsTo returns the calls of functions of a package, by file outside tests: "fmt.Fprintf".
func callsTo(t *testing.T, root, path string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(filepath.Join("../..", root), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(path) })
		if i < 0 {
			return nil
		}
		as := path[strings.LastIndexByte(path, '/')+1:]
		if named := file.Imports[i].Name; named != nil {
			as = named.Name
		}
		name = strings.TrimPrefix(filepath.ToSlash(name), "../../")
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := call.X.(*ast.Ident); ok && of.Name == as {
					found[name] = append(found[name], call.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("nothing in %s imports %s", root, path)
	}
	return found
}

// A cell that is harmless in one export and a formula in the next is a hole: one package writes CSV.
func TestOnePackageWritesCSV(t *testing.T) {
	for file, names := range callsTo(t, "", "encoding/csv") {
		if slices.Contains(names, "NewWriter") && !strings.HasPrefix(file, "hub/table/") {
			t.Errorf("%s writes CSV: use hub/table", file)
		}
	}
}

// What commands print has texts from outside: their arguments become printable in one place.
func TestCommandsPrintThroughPrintable(t *testing.T) {
	for file, names := range callsTo(t, "hub/cmd", "fmt") {
		for _, name := range names {
			if strings.HasPrefix(name, "Fprint") || strings.HasPrefix(name, "Print") {
				t.Errorf("%s calls fmt.%s: use printable.Fprintf", file, name)
			}
		}
	}
}

// Each log of the two programs is bounded.
func TestLogsAreBounded(t *testing.T) {
	for _, root := range []string{"hub", "desktop"} {
		bounded := callsTo(t, root, "traybell/shared/loglimit")
		for file, names := range callsTo(t, root, "log/slog") {
			for _, name := range names {
				if (name == "NewTextHandler" || name == "NewJSONHandler") && len(bounded[file]) == 0 &&
					!strings.HasPrefix(file, "hub/directory/directorytest/") {
					t.Errorf("%s calls slog.%s without loglimit", file, name)
				}
			}
		}
	}
}
