package architecture

import (
	"cmp"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"traybell/packaging/build"
)

// source is the output of `go list -json` for another system.
type source struct {
	ImportPath, Dir   string
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
	Standard          bool
	Incomplete        bool
}

// forMac lists the desktop and its dependencies for macOS, dependencies first. It does not run cgo,
// which needs Apple's compiler and headers.
func forMac(t *testing.T) []source {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,Standard,Incomplete", "-tags",
		build.Tags(), "./desktop/...")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []source
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var s source
		if err := d.Decode(&s); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
}

// found imports packages that were checked before.
type found struct {
	all map[string]*types.Package
	as  map[string]string // import map of the package
}

func (f found) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := f.all[cmp.Or(f.as[path], path)]; p != nil {
		return p, nil
	}
	return nil, errors.New("no such package: " + path)
}

// TestDesktopTypeChecksForMacOS type-checks all Go code of the desktop for macOS, including its
// native parts. Of C and Objective-C it checks only names and numbers of arguments (below). The
// program was never run on macOS.
func TestDesktopTypeChecksForMacOS(t *testing.T) {
	files, known, checked := token.NewFileSet(), map[string]*types.Package{}, 0
	for _, s := range forMac(t) {
		if s.ImportPath == "unsafe" {
			continue
		}
		ours := within(s.ImportPath, "traybell")
		var parsed []*ast.File
		for _, name := range slices.Concat(s.GoFiles, s.CgoFiles) {
			f, err := parser.ParseFile(files, filepath.Join(s.Dir, name), nil,
				parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
		}
		config := types.Config{
			Importer: found{known, s.ImportMap}, FakeImportC: true, IgnoreFuncBodies: !ours,
			Sizes: types.SizesFor("gc", "arm64"),
			Error: func(err error) {
				// GLFW's constants come from C: their values are unknown here
				if ours && !strings.Contains(err.Error(), "duplicate key unknown") {
					t.Error(err)
				}
			},
		}
		known[s.ImportPath], _ = config.Check(s.ImportPath, files, parsed, nil) // config.Error gets the errors
		if ours {
			checked++
		}
	}
	if known["traybell/desktop"] == nil || checked < 10 {
		t.Errorf("%d packages of the desktop were looked at", checked)
	}
}

var (
	declared = regexp.MustCompile(`(?m)^[a-z][\w ]*[ *](tb\w+)\(([^)]*)\);`)
	defined  = regexp.MustCompile(`(?m)^[a-z][\w ]*[ *](tb\w+)\(([^)]*)\) \{`)
	exported = regexp.MustCompile(`(?m)^//export (tb\w+)$`)
)

// TestNativeFilesAgree compares the functions that headers declare, Objective-C files define,
// and Go calls and exports.
func TestNativeFilesAgree(t *testing.T) {
	dir := "../../desktop/*"
	all := func(pattern string, each func(name, text string)) {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			each(filepath.Base(path), string(text))
		}
	}
	arguments := func(list string) int {
		if list = strings.TrimSpace(list); list == "" || list == "void" {
			return 0
		}
		return strings.Count(list, ",") + 1
	}
	headers, bodies, calls := map[string]int{}, map[string]int{}, map[string]int{}
	all("*_darwin.h", func(_, text string) {
		for _, m := range declared.FindAllStringSubmatch(text, -1) {
			headers[m[1]] = arguments(m[2])
		}
	})
	objective := ""
	all("*_darwin.m", func(_, text string) {
		objective += text
		for _, m := range defined.FindAllStringSubmatch(text, -1) {
			bodies[m[1]] = arguments(m[2])
		}
	})
	files := token.NewFileSet()
	all("*_darwin.go", func(name, text string) {
		f, err := parser.ParseFile(files, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "tb") {
				if from, ok := s.X.(*ast.Ident); ok && from.Name == "C" {
					calls[s.Sel.Name] = len(call.Args)
				}
			}
			return true
		})
		for _, m := range exported.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(objective, m[1]+"(") {
				t.Errorf("%s exports %s, which no Objective-C file calls", name, m[1])
			}
		}
		if strings.Contains(text, `import "C"`) && !strings.HasPrefix(text, "//go:build cgo\n") {
			t.Errorf("%s is built without cgo, too", name)
		}
	})
	if len(headers) < 10 {
		t.Errorf("only %d functions are declared", len(headers))
	}
	for name, n := range headers {
		if got, ok := bodies[name]; !ok || got != n {
			t.Errorf("%s: declared with %d arguments, defined: %v with %d", name, n, ok, got)
		}
		if got, ok := calls[name]; !ok || got != n {
			t.Errorf("%s: declared with %d arguments, called from Go: %v with %d", name, n, ok, got)
		}
	}
	for name := range calls {
		if _, ok := headers[name]; !ok {
			t.Errorf("Go calls %s, which no header declares", name)
		}
	}
}
