// Package architecture tests which packages may import which.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"traybell/packaging/build"
)

// pkg is the output of `go list -json`.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Standard                           bool
	Module                             *struct{ Path string }
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go",
		append([]string{
			"list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps,Standard,Module", "-tags",
			build.Tags() + ",e2e",
		}, args...)...)
	cmd.Dir = "../.."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// rule lists what a folder and all folders below it may not import, and exceptions.
type rule struct {
	below     string
	forbidden []string
	allowed   []string
	tests     bool // also check test files
	why       string
}

var adapters = []string{
	"traybell/hub/agents", "traybell/hub/blacklist", "traybell/hub/store", "traybell/hub/directory",
	"traybell/hub/api", "traybell/hub/helpdesk", "traybell/hub/people/ldap", "traybell/hub/web",
}

// helpDeskPort is what every help desk implements; only the packages below it are adapters.
const helpDeskPort = "traybell/hub/helpdesk"

// domain are the packages between the adapters and the desk: what they decide, and what they keep
// through their interfaces.
var domain = []string{
	"traybell/hub/batch", "traybell/hub/blocking", "traybell/hub/callcontrol/offer", "traybell/hub/caller",
	"traybell/hub/calldata", "traybell/hub/calls", "traybell/hub/cdr",
	"traybell/hub/endpoint", "traybell/hub/fail", "traybell/hub/freetext", "traybell/hub/happened", "traybell/hub/jobs",
	"traybell/hub/routing", "traybell/hub/rules",
	"traybell/hub/staff", "traybell/hub/ticketing", "traybell/hub/tickets", "traybell/hub/tickettemplate",
	"traybell/hub/timeline", "traybell/hub/trace", "traybell/hub/tracking", "traybell/hub/why",
}

var rules = []rule{
	{
		below: "traybell/desktop", forbidden: []string{"traybell/hub"}, tests: true,
		why: "the desktop uses the hub only through ACP",
	},
	{
		below: "traybell/hub", forbidden: []string{"traybell/desktop"}, tests: true,
		why: "the hub uses desktops only through ACP",
	},
	{
		below: "traybell/shared", forbidden: []string{"traybell/hub", "traybell/desktop"}, tests: true,
		why: "both programs import shared",
	},
	{
		below: "traybell/hub/desk", forbidden: []string{"traybell/hub"},
		allowed: append([]string{"traybell/hub/desk", helpDeskPort}, domain...),
		why:     "desk imports the domain and no adapter",
	},
	{
		below: "traybell/hub/ticketing", forbidden: []string{"traybell/hub"},
		allowed: []string{
			"traybell/hub/ticketing", "traybell/hub/tickets", "traybell/hub/jobs", "traybell/hub/staff",
			"traybell/hub/trace", "traybell/hub/fail", "traybell/hub/freetext", "traybell/hub/tickettemplate",
			helpDeskPort,
		},
		why: "ticketing knows requests and notes, not calls",
	},
	{
		below: "traybell/hub/caller", forbidden: []string{"traybell/hub"},
		allowed: []string{
			"traybell/hub/caller", "traybell/hub/calls", "traybell/hub/endpoint", "traybell/hub/fail",
			"traybell/hub/freetext", "traybell/hub/staff",
		},
		why: "caller decides by a call, the staff and what its interfaces find",
	},
	{
		below: "traybell/hub/routing", forbidden: []string{"traybell/hub"},
		allowed: []string{
			"traybell/hub/routing", "traybell/hub/calls", "traybell/hub/staff", "traybell/hub/tracking",
			"traybell/hub/batch", "traybell/hub/rules",
		},
		why: "routing decides by a call, the staff, the tracked numbers and the rules",
	},
	{
		below: "traybell/hub/config", forbidden: []string{"traybell/hub"}, allowed: []string{"traybell/hub/config"},
		why: "compile converts the configuration",
	},
	{
		below: "traybell/hub/calls", forbidden: []string{"traybell/hub"},
		allowed: []string{
			"traybell/hub/calls", "traybell/hub/ami/wire", "traybell/hub/calldata", "traybell/hub/charset",
			"traybell/hub/endpoint",
		},
		why: "calls reads events and does no I/O",
	},
	{
		below: "traybell/hub/endpoint", forbidden: []string{"traybell/hub", "traybell/shared"},
		allowed: []string{"traybell/hub/endpoint"}, why: "endpoint decides by facts and entries alone",
	},
	{
		below: "traybell/hub/pbx", forbidden: []string{"traybell/hub"},
		allowed: []string{"traybell/hub/pbx", "traybell/hub/ami"}, why: "pbx knows trackers only as an interface",
	},
	{
		below: "traybell/hub/ami/wire", forbidden: []string{"traybell/hub"},
		allowed: []string{"traybell/hub/ami/wire"}, why: "the codec knows no connection",
	},
	{
		below: "traybell/hub/ami", forbidden: []string{"traybell/hub", "traybell/shared"},
		allowed: []string{"traybell/hub/ami", "traybell/hub/advice", "traybell/hub/charset"},
		why:     "the protocol does not depend on its users",
	},
}

func TestImportRules(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, r := range rules {
			if !within(p.ImportPath, r.below) {
				continue
			}
			imports := p.Imports
			if r.tests {
				imports = slices.Concat(imports, p.TestImports, p.XTestImports)
			}
			for _, i := range imports {
				if withinAny(i, r.forbidden) && !withinAny(i, r.allowed) {
					t.Errorf("%s imports %s: %s", p.ImportPath, i, r.why)
				}
			}
		}
		for _, a := range adapters {
			for _, i := range p.Imports {
				if within(p.ImportPath, a) && withinAny(i, adapters) && !within(i, a) && i != helpDeskPort {
					t.Errorf("%s imports %s: adapters never import each other", p.ImportPath, i)
				}
			}
		}
		for _, i := range p.Imports {
			if i == "traybell/hub/ami" && !withinAny(p.ImportPath, []string{"traybell/hub/ami", "traybell/hub/pbx"}) {
				t.Errorf("%s imports %s: only pbx talks to a PBX", p.ImportPath, i)
			}
			if within(i, "traybell/hub/ami/amitest") && !withinAny(p.ImportPath, []string{
				"traybell/hub/ami/amitest", "traybell/hub/demo", "traybell/test",
			}) {
				t.Errorf("%s imports %s: the simulated PBX is for tests, benchmarks and the demo", p.ImportPath, i)
			}
		}
	}
}

// Packages that only compute: neither they nor what they import can open a file or a connection.
func TestPurePackagesDoNoIO(t *testing.T) {
	for _, p := range list(t, "./hub/ami/wire", "./hub/calls") {
		for _, d := range p.Deps {
			if slices.Contains([]string{"net", "net/http", "os/exec", "database/sql", "log/slog"}, d) {
				t.Errorf("%s depends on %s", p.ImportPath, d)
			}
		}
		for _, i := range p.Imports {
			if i == "os" || i == "log" || withinAny(i, []string{"net", "log/slog"}) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}

func TestLogicPackagesDoNotImportFyne(t *testing.T) {
	for _, p := range list(t, "./desktop/client/...", "./desktop/hotkey/...", "./desktop/model/...",
		"./desktop/popup/...", "./desktop/settings/...", "./hub/...", "./shared/...") {
		for _, d := range p.Deps {
			if strings.HasPrefix(d, "fyne.io/") {
				t.Errorf("%s depends on %s: only desktop/ui and its users may", p.ImportPath, d)
			}
		}
	}
}

func TestDeskAndSharedDependOnLittle(t *testing.T) {
	// backoff through jobs, go-i18n through trace, whose steps are in the language of their reader
	pure := []string{
		"golang.org/x/", "github.com/nyaruka/phonenumbers", "google.golang.org/protobuf",
		"github.com/cenkalti/backoff/v5", "github.com/nicksnyder/go-i18n/v2",
	}
	for _, p := range list(t, "-deps", "./hub/desk", "./shared/...") {
		if p.Standard || within(p.ImportPath, "traybell") {
			continue
		}
		if !slices.ContainsFunc(pure, func(prefix string) bool { return strings.HasPrefix(p.ImportPath, prefix) }) {
			t.Errorf("hub/desk or shared depends on %s", p.ImportPath)
		}
	}
}

// `go run` starts these before it downloads a module, and compiles little before it starts them.
func TestCommandsNeedOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range list(t, "-deps", "./demo", "./packaging", "./test") {
		if !p.Standard && !within(p.ImportPath, "traybell") ||
			slices.Contains([]string{"net", "runtime/cgo"}, p.ImportPath) {
			t.Errorf("demo, packaging or test depends on %s", p.ImportPath)
		}
	}
}

// On Linux and Windows the desktop needs no OpenGL and no C compiler, and no test code of Fyne's.
func TestDesktopIsPureGo(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Setenv("GOOS", system)
		t.Setenv("CGO_ENABLED", "1")
		for _, p := range list(t, "-deps", "./desktop") {
			switch {
			case p.Module != nil && strings.Contains(p.Module.Path, "go-gl"):
				t.Errorf("%s: the desktop depends on %s", system, p.ImportPath)
			case within(p.ImportPath, "fyne.io/fyne/v2/test"):
				t.Errorf("%s: the desktop depends on %s", system, p.ImportPath)
			case !p.Standard && slices.Contains(p.Imports, "C"):
				t.Errorf("%s: %s has C code", system, p.ImportPath)
			}
		}
	}
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func withinAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(path, f) })
}
