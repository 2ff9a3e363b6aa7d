package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// maxFile and maxSecret limit file sizes: a wrong path must not fill the memory.
const (
	maxFile   = 4 << 20
	maxSecret = 64 << 10
)

// Load reads hub.yml. The error is Problems with all problems, including those of others; for
// invalid YAML only the first. If the file cannot be read, it is another error.
func Load(path string, others ...Check) (*Config, error) {
	c, _, err := LoadFiles(path, others...)
	return c, err
}

// LoadFiles is Load that also returns the absolute paths of hub.yml and of all secret and
// certificate files in it, as far as known after an error. CSV directories are not included; they
// detect changes themselves.
func LoadFiles(path string, others ...Check) (_ *Config, files []string, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	files = []string{absolute}
	text, err := readAtMost(absolute, maxFile)
	if err != nil {
		return nil, files, fmt.Errorf("read configuration: %w", err)
	}
	folder := filepath.Dir(absolute)
	c, problems := read(path, folder, text, others...)
	if c != nil {
		files = append(files, filesOf(reflect.ValueOf(c).Elem(), folder)...)
	}
	if len(problems) > 0 {
		return nil, files, problems
	}
	if info, err := os.Stat(absolute); err == nil && worldReadable(info) && hasPlainSecret(reflect.ValueOf(c).Elem()) {
		c.warnings = append(Problems{{
			File: path,
			Text: "all users of this computer can read this file, which contains passwords; run: chmod 640 " + path,
		}}, c.warnings...)
	}
	c.files, c.sum = files, Sum(files)
	return c, files, nil
}

// Files returns the files that the configuration was read from, hub.yml first, and their Sum.
func (c *Config) Files() (files []string, sum string) { return c.files, c.sum }

// read decodes and checks a text. Relative paths start at folder.
func read(file, folder string, text []byte, others ...Check) (*Config, Problems) {
	if problem := tooMuch(file, text); problem != nil {
		return nil, Problems{*problem}
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // the parser miscounts lines that end with \r\n
	src := newSource(file, text)
	tree, problem := parse(src, text)
	if problem != nil {
		src.excerpt(problem)
		return nil, Problems{*problem}
	}
	src.hideSecrets(tree)
	d := &decoder{src: src, bad: map[string]bool{}}
	c := Default()
	c.src = src
	d.value(tree, reflect.ValueOf(c).Elem(), "")
	if !d.bad[""] {
		d.files(folder, reflect.ValueOf(c).Elem(), "")
		checker{decoder: d, c: c, folder: folder}.all()
		d.include(c, others)
	}
	d.finish()
	for i := range d.problems {
		d.problems[i].Text = src.scrub(d.problems[i].Text)
		src.excerpt(&d.problems[i])
	}
	c.warnings = d.warnings
	for i := range c.warnings {
		src.excerpt(&c.warnings[i])
	}
	c.warnings.sort()
	return c, d.problems
}

// parse returns the tree of the document.
func parse(src *source, text []byte) (tree ast.Node, problem *Problem) {
	defer func() {
		// the parser may panic on invalid input
		if recover() != nil {
			tree, problem = nil, &Problem{File: src.file, Text: "not valid YAML"}
		}
	}()
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, &Problem{File: src.file, Text: "not a text file: it contains a zero byte; save it as UTF-8"}
	}
	if i := invalid(text); i >= 0 {
		src.hideUnread(allKeys(reflect.TypeFor[Config](), map[string]bool{}))
		return nil, &Problem{
			File: src.file, Line: 1 + bytes.Count(text[:i], []byte{'\n'}), Column: 1,
			Text: "this line is not valid UTF-8; save the file as UTF-8",
		}
	}
	tokens := lexer.Tokenize(string(text))
	if problem := tooDeep(src.file, tokens); problem != nil {
		src.hideUnread(allKeys(reflect.TypeFor[Config](), map[string]bool{}))
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		src.hideUnread(allKeys(reflect.TypeFor[Config](), map[string]bool{}))
		p := &Problem{File: src.file, Text: "not valid YAML"}
		var failure yaml.Error
		if errors.As(err, &failure) {
			p.Text += ": " + src.scrub(short(failure.GetMessage())) +
				"; check the indentation, quotes and brackets here and above"
			if t := failure.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, max(1, t.Position.Column)
				if src.tabbed(p.Line) {
					p.Text = "not valid YAML: the line is indented with a tab; use spaces"
				}
			}
		}
		return nil, p
	}
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if _, comment := document.Body.(*ast.CommentGroupNode); comment {
			continue
		}
		if tree != nil {
			src.hideSecrets(tree)
			src.hideSecrets(document.Body)
			p := &Problem{
				File: src.file,
				Text: "more than one document; remove the line --- and all that is not part of the configuration",
			}
			if t := document.Body.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, 1
			}
			return nil, p
		}
		tree = document.Body
	}
	if tree == nil {
		return nil, &Problem{File: src.file, Text: "the file is empty; start with a copy of hub.example.yml"}
	}
	return tree, nil
}

// invalid returns the offset of the first invalid UTF-8, or -1.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// files reads the *_file of every secret.
func (d *decoder) files(folder string, v reflect.Value, key string) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			d.files(folder, v.Index(i), fmt.Sprintf("%s[%d]", key, i))
		}
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		for name, i := range fields {
			at := join(key, name)
			if v.Field(i).Type() != secretType {
				d.files(folder, v.Field(i), at)
				continue
			}
			path := v.Field(fields[name+"_file"])
			if path.String() == "" {
				continue
			}
			if !v.Field(i).Interface().(Secret).Empty() {
				d.complain(at+"_file", "both `%s` and `%s_file` are set; remove one of them", name, name)
				continue
			}
			path.SetString(inFolder(folder, path.String()))
			if secret, ok := d.secretFile(path.String(), at+"_file"); ok {
				v.Field(i).Set(reflect.ValueOf(secret))
			}
			d.bad[at] = d.bad[at+"_file"]
		}
		for _, i := range inlined(v.Type()) {
			d.files(folder, v.Field(i), key)
		}
	}
}

func (d *decoder) secretFile(path, key string) (Secret, bool) {
	text, err := readAtMost(path, maxSecret)
	if err != nil {
		remedy := "write only the secret to this file and make it readable only by the hub's user"
		if passwordOf(key) {
			remedy = "run: traybell-hub passwd > " + path
		}
		d.complain(key, "%s; %s", err, remedy)
		return Secret{}, false
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" {
		d.complain(key, "%s is empty; write only the secret to it", path)
		return Secret{}, false
	}
	d.src.remember(secret)
	if info, err := os.Stat(path); err == nil && worldReadable(info) {
		d.warn(key, "all users of this computer can read %s; run: chmod 600 %s", path, path)
	}
	return NewSecret(secret), true
}

func worldReadable(info os.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}

func readAtMost(path string, most int64) ([]byte, error) {
	if err := plainFile(path); errors.Is(err, errNoFile) {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil // added by editors on Windows
}

var errNoFile = errors.New("is not a regular file")

// plainFile returns an error unless path is a regular file: opening a pipe would block.
func plainFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s %w", path, errNoFile)
	}
	return err
}

func inFolder(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// hasPlainSecret reports whether a section contains a secret that is not in a separate file.
func hasPlainSecret(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if hasPlainSecret(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		for name, i := range fields {
			switch secret, ok := v.Field(i).Interface().(Secret); {
			case !ok && hasPlainSecret(v.Field(i)):
				return true
			case ok && !secret.Empty() && v.Field(fields[name+"_file"]).String() == "":
				return true
			}
		}
		for _, i := range inlined(v.Type()) {
			if hasPlainSecret(v.Field(i)) {
				return true
			}
		}
	}
	return false
}
