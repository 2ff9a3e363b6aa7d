package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const columns = 100

var (
	inlineLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inlineCode = regexp.MustCompile("`[^`]+`")
	listMark   = regexp.MustCompile(`^(?:[-*]|\d+\.) +`)
	heading    = regexp.MustCompile(`^#+ +(.+)$`)
)

// markdown returns the paths of all Markdown files, relative to this folder.
func markdown(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".lab", ".task", "bin"}, d.Name()):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".md":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// prose calls do with each line of a page that is not code, with its number.
func prose(t *testing.T, path string, do func(n int, line string)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fenced := false
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced {
			do(i+1, line)
		}
	}
}

// Every relative link and picture leads to a file, and every #fragment to a heading.
func TestMarkdownLinks(t *testing.T) {
	files := markdown(t)
	if len(files) < 10 {
		t.Fatalf("only %d Markdown files found", len(files))
	}
	anchors := map[string][]string{}
	for _, path := range files {
		prose(t, path, func(_ int, line string) {
			if found := heading.FindStringSubmatch(line); found != nil {
				anchors[path] = append(anchors[path], anchor(found[1]))
			}
		})
	}
	for _, path := range files {
		prose(t, path, func(n int, line string) {
			for _, found := range inlineLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
				if strings.Contains(found[1], "://") || strings.HasPrefix(found[1], "mailto:") {
					continue
				}
				target, fragment, _ := strings.Cut(found[1], "#")
				file := path
				if target != "" {
					file = filepath.Join(filepath.Dir(path), target)
				}
				if _, err := os.Stat(file); err != nil {
					t.Errorf("%s:%d: %s does not exist", path, n, target)
				} else if fragment != "" && !slices.Contains(anchors[file], fragment) {
					t.Errorf("%s:%d: %s has no heading #%s", path, n, file, fragment)
				}
			}
		})
	}
}

// anchor is the fragment of a heading, as GitHub and GitLab make it.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

// Prose wraps at 100 columns. Code, tables and link targets may be longer, and so may what cannot
// be broken: a line that is a single link or span of code.
func TestMarkdownColumns(t *testing.T) {
	for _, path := range markdown(t) {
		prose(t, path, func(n int, line string) {
			text := strings.TrimSpace(line)
			if strings.HasPrefix(text, "|") || strings.HasPrefix(line, "    ") && !listMark.MatchString(text) {
				return
			}
			if width := utf8.RuneCountInString(inlineLink.ReplaceAllString(line, "]()")); width <= columns {
				return
			}
			text = inlineCode.ReplaceAllString(listMark.ReplaceAllString(text, ""), "code")
			if strings.Contains(inlineLink.ReplaceAllString(text, "]()"), " ") && !strings.HasPrefix(text, "![") {
				t.Errorf("%s:%d: longer than %d columns", path, n, columns)
			}
		})
	}
}
