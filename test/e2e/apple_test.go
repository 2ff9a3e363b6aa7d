//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestObjectiveCOfMacOS checks the desktop's Objective-C files with clang, GNUstep's AppKit and the
// additions in testdata/apple: syntax, types, selectors, ownership under ARC. It is not Apple's
// AppKit, and nothing runs. A misspelt selector in each file proves that the check can fail.
func TestObjectiveCOfMacOS(t *testing.T) {
	clang, err := exec.LookPath("clang")
	if err != nil {
		t.Fatal("clang is not installed: test/e2e/run.sh installs it, and GNUstep's headers")
	}
	objc, err := filepath.Glob("/usr/lib/gcc/*/*/include/objc/objc.h")
	if err != nil || len(objc) == 0 {
		t.Fatal("GNUstep's headers are not installed (apt-get install libgnustep-gui-dev)")
	}
	runtime := filepath.Dir(filepath.Dir(objc[len(objc)-1]))
	sources, err := filepath.Glob("../../desktop/*/*_darwin.m")
	if err != nil || len(sources) < 2 {
		t.Fatalf("%v, %v", sources, err)
	}
	// read returns clang's complaints about a file, without those about GNUstep's headers. The
	// file's own headers are in folder.
	read := func(path, folder string) string {
		cmd := exec.CommandContext(t.Context(), clang, "-fsyntax-only", "-Wall", "-ferror-limit=0", "-include",
			"apple.h", "-x", "objective-c", "-fobjc-arc", "-fobjc-runtime=gnustep-2.0", "-fblocks",
			"-Itestdata/apple", "-I"+folder, "-isystem", "/usr/include/GNUstep", "-idirafter", runtime,
			path)
		out, _ := cmd.CombinedOutput()
		var against []string
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, path+":") && (strings.Contains(line, " error: ") || strings.Contains(line,
				" warning: ")) {
				against = append(against, line)
			}
			if strings.Contains(line, "fatal error") {
				t.Fatalf("%s was not read:\n%s", path, line)
			}
		}
		return strings.Join(against, "")
	}
	for _, source := range sources {
		folder := filepath.Dir(source)
		if against := read(source, folder); against != "" {
			t.Errorf("%s:\n%s", filepath.Base(source), against)
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		wrong := filepath.Join(t.TempDir(), filepath.Base(source))
		spoilt := strings.NewReplacer("orderFrontRegardless", "orderFrontRegardles", "paramDescriptorForKeyword:",
			"paramDescriptorForKeywrd:").Replace(string(text))
		if err := os.WriteFile(wrong, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if read(wrong, folder) == "" {
			t.Errorf("%s: a misspelt selector is not reported", filepath.Base(source))
		}
	}
}
