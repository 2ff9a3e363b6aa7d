package setup

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/rewrite"
	"traybell/hub/hubfile"
	"traybell/hub/roster"
	"traybell/hub/table"
	"traybell/shared/bounded"
)

// Draft is a hub.yml that is not in use yet. Its secrets are in new files, which Discard removes.
type Draft struct {
	Report []string // what became of the help desk and the agents

	Current
	now       []byte
	fresh     []string // files that only now names
	passwords [][]byte // the generated ones, as CSV files
}

// Current is the hub.yml that is there.
type Current struct {
	Path    string
	Text    []byte         // nil: there is none
	Config  *config.Config // nil: it is replaced by a new one
	DataDir string         // data_dir of a new one
}

// Edit returns the text of hub.yml with the answers, without the agents.
func (c Current) Edit(a Answers, place PlaceSecret) ([]byte, error) {
	text := c.Text
	if c.Config == nil {
		text = First(c.DataDir)
	}
	return a.edit(c.Config, text, place)
}

// NewDraft makes hub.yml from the answers. It writes the secrets to files, which hub.yml names from
// Write on.
func NewDraft(ctx context.Context, c Current, a Answers) (_ *Draft, err error) {
	d := &Draft{Current: c}
	if was := c.Replaced(a); was != "" {
		d.Report = append(d.Report, fmt.Sprintf("help desk: %s replaces %s. To keep that one for its old tickets, put "+
			"it into help_desks. With a name (--help-desk-name) the new one is a second one\n", a.HelpDesk.Type, was))
	}
	defer func() {
		if err != nil {
			d.Discard()
		}
	}()
	if d.now, err = c.Edit(a, d.secret); err != nil {
		return nil, err
	}
	if err := d.agents(ctx, a); err != nil {
		return nil, err
	}
	return d, nil
}

// Check returns the problems of the new hub.yml: a hub could not be started with it.
func (d *Draft) Check(others ...config.Check) error {
	_, err := config.Parse(d.Path, d.now, others...)
	return err
}

// DataFolder creates data_dir, if it is not there.
func (d *Draft) DataFolder() error {
	cfg, err := config.Parse(d.Path, d.now)
	if err != nil {
		return err
	}
	return dataFolder(cfg.DataDir)
}

// Changed reports whether there is anything to write.
func (d *Draft) Changed() bool { return !bytes.Equal(d.Text, d.now) }

// secret writes a secret to a file, for PlaceSecret.
func (d *Draft) secret(name, key, secret string) (rewrite.Pair, error) {
	file, fresh, err := hubfile.CreateSecret(filepath.Dir(d.Path), name, secret)
	if fresh {
		d.fresh = append(d.fresh, file)
	}
	return rewrite.Pair{Key: key + "_file", Value: rewrite.String(filepath.Base(file))}, err
}

// maxSheet limits the size of a CSV file, in bytes.
const maxSheet = 16 << 20

// agents adds and changes agents, as agents import does.
func (d *Draft) agents(ctx context.Context, a Answers) error {
	if len(a.Agents) > 0 {
		list := slices.Clone(a.Agents)
		for i := range list {
			list[i].keep(d.Config)
		}
		if err := d.sheet(ctx, "agents", sheetOf(list), "utf-8"); err != nil {
			return err
		}
	}
	if a.AgentsFile == "" {
		return nil
	}
	raw, err := bounded.ReadFile(a.AgentsFile, maxSheet)
	if err != nil {
		return fmt.Errorf("read the agents: %w", err)
	}
	return d.sheet(ctx, a.AgentsFile, raw, "auto")
}

func (d *Draft) sheet(ctx context.Context, name string, raw []byte, encoding string) error {
	sheet, err := roster.ReadSheet(name, raw, encoding)
	if err != nil {
		return err
	}
	cfg, err := config.Parse(d.Path, d.now)
	if err != nil {
		return err
	}
	plan, err := roster.NewPlan(cfg, sheet)
	if err != nil {
		return err
	}
	if err := plan.Hash(ctx); err != nil {
		return err
	}
	if plan.Changes() {
		if d.now, err = plan.Apply(d.Path, d.now); err != nil {
			return err
		}
	}
	d.Report = append(d.Report, plan.Report())
	if passwords, n := plan.Generated(); n > 0 {
		d.passwords = append(d.passwords, passwords)
	}
	return nil
}

// firstRights are those of new agents, unless they are given others.
var firstRights = []string{"ticket", "category"}

// keep fills in what is not given: what hub.yml has, or the rights of new agents.
func (a *Agent) keep(cfg *config.Config) {
	was := config.Agent{Rights: firstRights}
	if cfg != nil {
		if i := slices.IndexFunc(cfg.Agents, func(o config.Agent) bool { return o.Login == a.Login }); i >= 0 {
			was = cfg.Agents[i]
		}
	}
	if a.Teams == nil {
		a.Teams = was.Teams
	}
	if a.Rights == nil {
		a.Rights = was.Rights
	}
}

// sheetOf is a CSV file of agents.
func sheetOf(agents []Agent) []byte {
	var b bytes.Buffer
	w := table.NewWriter(&b, ';')
	_ = w.Write("login", "name", "extensions", "teams", "rights", "password") // to memory
	for _, a := range agents {
		_ = w.Write(a.Login, a.Name, strings.Join(a.Extensions, " "), strings.Join(a.Teams, ","),
			strings.Join(a.Rights, ","), a.password)
	}
	_ = w.Flush()
	return b.Bytes()
}

// Discard removes the files that nothing names.
func (d *Draft) Discard() {
	for _, file := range d.fresh {
		_ = os.Remove(file) // one that stays is harmless
	}
	d.fresh = nil
}

// Write writes the generated passwords, then hub.yml: from then on all of it is in use. It returns
// the files that it has written, hub.yml last, and the former hub.yml.
func (d *Draft) Write(now time.Time) (files []string, backup string, err error) {
	files = slices.Clone(d.fresh)
	defer func() {
		if err != nil {
			d.Discard()
		}
	}()
	for _, csv := range d.passwords {
		base := filepath.Join(filepath.Dir(d.Path), "agents-passwords-"+now.Format("20060102-150405"))
		file, err := hubfile.WriteNew(base, ".csv", csv)
		if err != nil {
			return nil, "", fmt.Errorf("write passwords: %w", err)
		}
		d.fresh, files = append(d.fresh, file), append(files, file)
	}
	if d.Text != nil {
		backup, err = hubfile.Replace(d.Path, d.Text, d.now, now)
	} else {
		var like fs.FileInfo
		if like, err = os.Stat(filepath.Dir(d.Path)); err == nil {
			err = hubfile.Create(d.Path, d.now, like)
		}
	}
	if err != nil {
		return nil, "", err
	}
	d.fresh = nil
	return append(files, d.Path), backup, nil
}

// Replaced is the help desk of hub.yml that the answers put another one in place of; empty: none.
func (c Current) Replaced(a Answers) string {
	if c.Config == nil || a.HelpDesk.Name != "" || !a.HelpDesk.other(c.Config) {
		return ""
	}
	return deskText(c.Config.HelpDesk)
}

func deskText(h config.HelpDesk) string {
	if address := h.Address(); address != "" {
		return h.Type + " (" + address + ")"
	}
	return h.Type
}

// Folder creates the folder of hub.yml, which belongs to the hub's user.
func Folder(path string) error {
	if err := folder(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("create the folder of hub.yml: %w; run this as root, or name another file with --config", err)
	}
	return nil
}

// dataFolder creates data_dir, which belongs to the hub's user.
func dataFolder(path string) error {
	if err := folder(path, 0o700); err != nil {
		return fmt.Errorf("create data_dir: %w; run this as root, or name another folder with --data-dir", err)
	}
	return nil
}

func folder(path string, mode fs.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil {
		return err
	}
	return giveAway(path)
}
