package desk

import "context"

// beside runs what keeps its own pace beside the loop. stop ends it and returns when it has ended;
// the end of ctx alone does not: what the loop says last is still to be kept.
func beside(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
