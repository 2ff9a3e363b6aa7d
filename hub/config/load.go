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

// maxFile bounds hub.yml, and maxSecret a secret's file: a wrong path must not fill the memory.
const (
	maxFile   = 4 << 20
	maxSecret = 64 << 10
)

// Load reads hub.yml. The error is Problems with everything that is wrong in the file, also by
// those others; where it is no YAML at all, the one place where it stops to be. It is another error
// where the file cannot be read.
func Load(path string, others ...Check) (*Config, error) {
	c, _, err := LoadFiles(path, others...)
	return c, err
}

// LoadFiles is Load that tells also which files hub.yml names and which were read, or tried, with
// it, as absolute paths: hub.yml itself, secrets and certificates. Customers' files are not among
// them: directories look after these. It tells them too where hub.yml has problems, as far as it
// could be read.
func LoadFiles(path string, others ...Check) (_ *Config, files []string, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	files = []string{absolute}
	text, err := readAtMost(absolute, maxFile)
	if err != nil {
		return nil, files, fmt.Errorf("read the configuration: %w", err)
	}
	folder := filepath.Dir(absolute)
	c, problems := read(path, folder, text, others...)
	if c != nil {
		files = append(files, filesOf(reflect.ValueOf(c).Elem(), folder)...)
	}
	if len(problems) > 0 {
		return nil, files, problems
	}
	if info, err := os.Stat(absolute); err == nil && everybodyReads(info) && c.hasPlainSecret() {
		c.warnings = append(Problems{{
			File: path,
			Text: "every user of this computer can read this file, and it holds passwords; do: chmod 640 " + path,
		}}, c.warnings...)
	}
	c.files, c.sum = files, Sum(files)
	return c, files, nil
}

// Files are the files that the configuration was read from, hub.yml the first, and what stands for
// their contents: see Watch.
func (c *Config) Files() (files []string, sum string) { return c.files, c.sum }

// read decodes and checks a file's text. Folder is where relative paths begin.
func read(file, folder string, text []byte, others ...Check) (*Config, Problems) {
	if problem := tooMuch(file, text); problem != nil {
		return nil, Problems{*problem}
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // the parser miscounts the lines of files from Windows
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
		d.hear(c, others)
	}
	d.sumUp()
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

// parse gives the one document's tree.
func parse(src *source, text []byte) (tree ast.Node, problem *Problem) {
	defer func() {
		// The parser is not ours; a file that breaks it is a file that cannot be read.
		if recover() != nil {
			tree, problem = nil, &Problem{File: src.file, Text: "this is not YAML"}
		}
	}()
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, &Problem{File: src.file, Text: "this is not a text file: it holds a zero byte; save it as UTF-8"}
	}
	if i := invalid(text); i >= 0 {
		src.hideUnread(allKeys(reflect.TypeFor[Config](), map[string]bool{}))
		return nil, &Problem{
			File: src.file, Line: 1 + bytes.Count(text[:i], []byte{'\n'}), Column: 1,
			Text: "this line is not in UTF-8; save the file as UTF-8",
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
		p := &Problem{File: src.file, Text: "this is not YAML"}
		var failure yaml.Error
		if errors.As(err, &failure) {
			p.Text += ": " + src.scrub(short(failure.GetMessage())) +
				"; look at the indentation, the quotes and the brackets here and above"
			if t := failure.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, max(1, t.Position.Column)
				if src.tabbed(p.Line) {
					p.Text = "this is not YAML: the line is indented with a tab; put spaces in its place"
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
				Text: "there is more than one document here; remove the line --- and what does not belong to the " +
					"configuration",
			}
			if t := document.Body.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, 1
			}
			return nil, p
		}
		tree = document.Body
	}
	if tree == nil {
		return nil, &Problem{File: src.file, Text: "the file is empty; begin with a copy of hub.example.yml"}
	}
	return tree, nil
}

// invalid is where a text ceases to be UTF-8, -1 for nowhere.
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
				d.complain(at+"_file", "both `%s` and `%s_file` are given; keep one of them", name, name)
				continue
			}
			path.SetString(inFolder(folder, path.String()))
			if secret, ok := d.secretFile(path.String(), at+"_file"); ok {
				v.Field(i).Set(reflect.ValueOf(secret))
			}
			d.bad[at] = d.bad[at+"_file"]
		}
	}
}

func (d *decoder) secretFile(path, key string) (Secret, bool) {
	text, err := readAtMost(path, maxSecret)
	if err != nil {
		mend := "put the secret alone into this file and let only the hub's user read it"
		if passwordOf(key) {
			mend = "make it with: traybell-hub passwd > " + path
		}
		d.complain(key, "%s; %s", err, mend)
		return Secret{}, false
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" {
		d.complain(key, "%s is empty; put the secret alone into it", path)
		return Secret{}, false
	}
	d.src.remember(secret)
	if info, err := os.Stat(path); err == nil && everybodyReads(info) {
		d.warn(key, "every user of this computer can read %s; do: chmod 600 %s", path, path)
	}
	return NewSecret(secret), true
}

func everybodyReads(info os.FileInfo) bool {
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
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil // editors on Windows begin a file with it
}

var errNoFile = errors.New("is no file but a folder, a pipe or the like")

// plainFile is an error where nothing is at path, or no file: a pipe would keep whoever opens it
// waiting for ever.
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

func (c *Config) hasPlainSecret() bool {
	for _, p := range c.PBX {
		if p.PasswordFile == "" {
			return true
		}
	}
	for _, a := range c.Agents {
		if a.PasswordFile == "" {
			return true
		}
	}
	for _, a := range c.Admins {
		if a.PasswordFile == "" {
			return true
		}
	}
	for _, d := range c.Directories {
		if !d.DSN.Empty() && d.DSNFile == "" || !d.Password.Empty() && d.PasswordFile == "" {
			return true
		}
	}
	return !c.HelpDesk.Password.Empty() && c.HelpDesk.PasswordFile == ""
}
