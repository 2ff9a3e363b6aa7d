package compile

import (
	"strings"
	"testing"

	"traybell/hub/config"
)

// A directory of type help_desk needs a help desk that lists its customers.
func TestDirectoryOfTheHelpDesk(t *testing.T) {
	cfg := config.Default()
	cfg.Directories = []config.Directory{{Name: "desk", Type: config.FromHelpDesk}}
	if _, problems := feeds(cfg); len(problems) != 1 ||
		!strings.Contains(problems[0].Error(), "cannot list its customers") {
		t.Errorf("the built-in list: %v", problems)
	}
	cfg.HelpDesk.Type, cfg.HelpDesk.Server.URL = config.RT, "https://rt.example.com"
	if _, problems := feeds(cfg); len(problems) != 1 || !strings.Contains(problems[0].Error(), "token") {
		t.Errorf("without a token: %v", problems)
	}
	cfg = config.Default()
	if list, problems := feeds(cfg); len(list) != 0 || problems != nil {
		t.Errorf("%v, %v", list, problems)
	}
}

// What is wrong with a list over HTTP is a problem at its key.
func TestDirectoryOverHTTP(t *testing.T) {
	cfg := config.Default()
	cfg.Directories = []config.Directory{{
		Name: "crm", Type: config.HTTP, URL: "https://crm.example.com/contacts",
		Pages: config.DirectoryPages{By: "offset"},
	}}
	if _, problems := feeds(cfg); len(problems) != 1 || problems[0].Key != "directories[0].pages.param" {
		t.Errorf("%v", problems)
	}
	cfg.Directories[0].Pages.Param = "offset"
	if list, problems := feeds(cfg); len(list) != 1 || problems != nil {
		t.Errorf("%v, %v", list, problems)
	}
}
