package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/compile"
	"traybell/hub/webhooks"
	"traybell/shared/printable"
)

type webhookCmd struct {
	Test string `help:"Send one event of the type webhook.test to this webhook of hub.yml, and print the answer." required:"" placeholder:"NAME"`
	configFlag
}

// Run sends a test from this computer; the hub need not run.
func (w webhookCmd) Run(ctx context.Context, version build, to streams) error {
	cfg, err := compile.Load(w.Config)
	if err != nil {
		return err
	}
	p, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	hook, source, ok := p.Webhook(cfg, w.Test)
	if !ok {
		var names []string
		for _, known := range p.Hooks {
			names = append(names, known.Name)
		}
		if names == nil {
			return errors.New("hub.yml has no webhooks")
		}
		return fmt.Errorf("hub.yml has no webhook %q; it has %s", w.Test, strings.Join(names, ", "))
	}
	took, err := webhooks.SendTest(ctx, hook, source, string(version))
	if err != nil {
		return fmt.Errorf("%s: %w", hook.Name, err)
	}
	_, err = printable.Fprintf(to.out, "%s: accepted in %s\n", hook.Name, took.Round(time.Millisecond))
	return err
}

// checkWebhooks connects to the receivers and sends nothing.
func checkWebhooks(ctx context.Context, p compile.Parts, print, fail func(string, ...any)) {
	for _, w := range p.Hooks {
		print("webhook %s:", w.Name)
		within, cancel := context.WithTimeout(ctx, checkTime)
		works, err := webhooks.Check(within, w)
		cancel()
		if err != nil {
			fail("%v", err)
			continue
		}
		print("  ✓ %s; nothing was sent, see traybell-hub webhook --test", works)
	}
}
