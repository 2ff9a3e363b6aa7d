package architecture

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	mostMethods = 30   // of a type
	mostLines   = 3000 // of a package
)

// smaller are packages with a lower limit: every feature adds to them.
var smaller = map[string]int{"hub/desk": 2500, "desktop/shell": 1500}

// Tests that types and packages stay small enough to have one subject. Tests and generated code do
// not count.
func TestTypesAndPackagesAreSmall(t *testing.T) {
	lines, methods := sizes(t)
	if len(lines) < 100 || len(methods) < 500 {
		t.Fatalf("only %d packages with %d types were found", len(lines), len(methods))
	}
	for _, of := range slices.Sorted(maps.Keys(smaller)) {
		if lines[of] == 0 {
			t.Errorf("there is no package %s", of)
		}
	}
	for _, of := range slices.Sorted(maps.Keys(lines)) {
		if most := cmp.Or(smaller[of], mostLines); lines[of] > most {
			t.Errorf("%s has %d lines, more than %d: move a subject with its state out", of, lines[of], most)
		}
	}
	for _, of := range slices.Sorted(maps.Keys(methods)) {
		if n := len(methods[of]); n > mostMethods {
			t.Errorf("%s has %d methods, more than %d: move a subject with its state out", of, n, mostMethods)
		}
	}
}

// sizes counts the lines of each package and the methods of each type, by folder and name. A method
// that each system has for itself counts once.
func sizes(t *testing.T) (lines map[string]int, methods map[string]map[string]bool) {
	t.Helper()
	lines, methods = map[string]int{}, map[string]map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if d.IsDir() && name != ".." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || ast.IsGenerated(file) {
			return err
		}
		folder, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		lines[folder] += files.File(file.FileStart).LineCount() - 1
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			of := folder + "." + receiver(f.Recv.List[0].Type)
			if methods[of] == nil {
				methods[of] = map[string]bool{}
			}
			methods[of][f.Name.Name] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, methods
}

// receiver is the name of a method's type.
func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.IndexListExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}
