package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Tests that tables of the documentation name exist, and each row names one.
func TestTablesNameTests(t *testing.T) {
	tests := testNames(t)
	for _, table := range []struct {
		file, section string
		least         int // tests named
	}{
		{"docs/quality.md", "Known complaints about other products", 20},
		{"SECURITY.md", "Threat model", 25},
		{"docs/quality.md", "Installation and updates", 25},
	} {
		page, err := os.ReadFile("../../" + table.file)
		if err != nil {
			t.Fatal(err)
		}
		_, text, found := strings.Cut(string(page), "\n## "+table.section+"\n")
		if !found {
			t.Errorf("%s has no section %q", table.file, table.section)
			continue
		}
		named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(text, -1)
		if len(named) < table.least {
			t.Errorf("%s: only %d tests are named", table.file, len(named))
		}
		for _, name := range named {
			if !tests[name[1]] {
				t.Errorf("%s: %s does not exist", table.file, name[1])
			}
		}
		head := ""
		for line := range strings.Lines(text) {
			switch {
			case !strings.HasPrefix(line, "|"):
				head = ""
			case head == "":
				head = line
			case !strings.HasPrefix(line, "|---") && !strings.Contains(line, "`"):
				t.Errorf("%s: no test named: %s", table.file, line)
			}
		}
	}
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(source, -1) {
			tests[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
