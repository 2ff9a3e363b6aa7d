#import <Cocoa/Cocoa.h>
#include "surface_darwin.h"
#include "_cgo_export.h"

// A panel that never takes the focus: neither key nor main, and does not activate the program.
@interface TBPanel : NSPanel
@end

@implementation TBPanel
- (BOOL)canBecomeKeyWindow {
	return NO;
}
- (BOOL)canBecomeMainWindow {
	return NO;
}
@end

@interface TBView : NSView
@property unsigned long long number;
@property CGFloat pixels; // per point
@end

@implementation TBView
- (BOOL)isFlipped {
	return YES;
}
- (BOOL)acceptsFirstMouse:(NSEvent *)event {
	return YES; // the first click counts although the program is not active
}
- (void)updateTrackingAreas {
	[super updateTrackingAreas];
	for (NSTrackingArea *area in [self.trackingAreas copy]) {
		[self removeTrackingArea:area];
	}
	NSTrackingAreaOptions options = NSTrackingMouseEnteredAndExited | NSTrackingMouseMoved |
		NSTrackingActiveAlways | NSTrackingInVisibleRect;
	[self addTrackingArea:[[NSTrackingArea alloc] initWithRect:NSZeroRect options:options owner:self userInfo:nil]];
}
- (void)send:(int)kind event:(NSEvent *)event {
	NSPoint p = [self convertPoint:event.locationInWindow fromView:nil];
	tbInput(self.number, kind, (int)(p.x * self.pixels), (int)(p.y * self.pixels));
}
- (void)mouseEntered:(NSEvent *)event {
	[self send:0 event:event];
}
- (void)mouseMoved:(NSEvent *)event {
	[self send:0 event:event];
}
- (void)mouseDragged:(NSEvent *)event {
	[self send:0 event:event];
}
- (void)mouseExited:(NSEvent *)event {
	[self send:1 event:event];
}
- (void)mouseDown:(NSEvent *)event {
	[self send:2 event:event];
}
- (void)mouseUp:(NSEvent *)event {
	[self send:3 event:event];
}
@end

// onMain runs a block on the main thread and waits up to two seconds for it: the main thread may be
// waiting for the caller.
static bool onMain(void (^block)(void)) {
	if ([NSThread isMainThread]) {
		block();
		return true;
	}
	dispatch_semaphore_t ready = dispatch_semaphore_create(0);
	dispatch_async(dispatch_get_main_queue(), ^{
		block();
		dispatch_semaphore_signal(ready);
	});
	return dispatch_semaphore_wait(ready, dispatch_time(DISPATCH_TIME_NOW, 2 * NSEC_PER_SEC)) == 0;
}

static CGFloat primaryHeight(void) {
	NSScreen *primary = NSScreen.screens.firstObject;
	return primary != nil ? primary.frame.size.height : 0;
}

int tbScreens(TBScreen *out) {
	// The block may outlive this call, so it writes into an object.
	NSMutableData *found = [NSMutableData dataWithLength:maxScreens * sizeof(TBScreen)];
	__block int count = 0;
	bool answered = onMain(^{
		TBScreen *all = found.mutableBytes;
		CGFloat height = primaryHeight();
		NSPoint mouse = NSEvent.mouseLocation;
		for (NSScreen *screen in NSScreen.screens) {
			if (count == maxScreens) {
				break;
			}
			TBScreen *s = &all[count];
			NSRect f = screen.frame, v = screen.visibleFrame;
			NSNumber *number = screen.deviceDescription[@"NSScreenNumber"];
			snprintf(s->name, sizeof s->name, "display-%u", number.unsignedIntValue);
			s->x = f.origin.x;
			s->y = height - f.origin.y - f.size.height;
			s->w = f.size.width;
			s->h = f.size.height;
			s->workX = v.origin.x;
			s->workY = height - v.origin.y - v.size.height;
			s->workW = v.size.width;
			s->workH = v.size.height;
			s->scale = screen.backingScaleFactor;
			s->primary = count == 0;
			s->pointer = NSPointInRect(mouse, f);
			count++;
		}
	});
	if (!answered) {
		return -1;
	}
	memcpy(out, found.bytes, count * sizeof(TBScreen));
	return count;
}

void *tbNew(unsigned long long number) {
	__block void *made = NULL;
	bool answered = onMain(^{
		NSWindowStyleMask style = NSWindowStyleMaskBorderless | NSWindowStyleMaskNonactivatingPanel;
		TBPanel *p = [[TBPanel alloc] initWithContentRect:NSMakeRect(0, 0, 1, 1)
			styleMask:style backing:NSBackingStoreBuffered defer:NO];
		p.level = NSStatusWindowLevel;
		p.collectionBehavior = NSWindowCollectionBehaviorCanJoinAllSpaces |
			NSWindowCollectionBehaviorFullScreenAuxiliary |
			NSWindowCollectionBehaviorStationary | NSWindowCollectionBehaviorIgnoresCycle;
		p.hidesOnDeactivate = NO;
		p.opaque = NO;
		p.backgroundColor = NSColor.clearColor;
		p.hasShadow = YES;
		p.excludedFromWindowsMenu = YES;
		p.releasedWhenClosed = NO;
		TBView *v = [[TBView alloc] initWithFrame:NSMakeRect(0, 0, 1, 1)];
		v.number = number;
		v.pixels = 1;
		v.wantsLayer = YES;
		p.contentView = v;
		made = (void *)CFBridgingRetain(p);
	});
	return answered ? made : NULL;
}

static void later(void *panel, void (^block)(TBPanel *)) {
	TBPanel *p = (__bridge TBPanel *)panel; // retained by the block
	dispatch_async(dispatch_get_main_queue(), ^{
		block(p);
	});
}

void tbPresent(void *panel, const void *rgba, int w, int h, double scale) {
	NSData *pixels = [NSData dataWithBytes:rgba length:(NSUInteger)w * h * 4];
	later(panel, ^(TBPanel *p) {
		CGColorSpaceRef space = CGColorSpaceCreateWithName(kCGColorSpaceSRGB);
		CGDataProviderRef from = CGDataProviderCreateWithCFData((__bridge CFDataRef)pixels);
		CGImageRef image = CGImageCreate(w, h, 8, 32, (size_t)w * 4, space, (CGBitmapInfo)kCGImageAlphaLast,
			from, NULL, false, kCGRenderingIntentDefault);
		NSRect f = p.frame;
		CGFloat top = f.origin.y + f.size.height;
		NSSize size = NSMakeSize(w / scale, h / scale);
		[p setFrame:NSMakeRect(f.origin.x, top - size.height, size.width, size.height) display:NO];
		TBView *v = (TBView *)p.contentView;
		v.pixels = scale;
		v.layer.contentsScale = scale;
		v.layer.contents = (__bridge id)image;
		[p invalidateShadow];
		CGImageRelease(image);
		CGDataProviderRelease(from);
		CGColorSpaceRelease(space);
	});
}

void tbMove(void *panel, double x, double y) {
	later(panel, ^(TBPanel *p) {
		[p setFrameTopLeftPoint:NSMakePoint(x, primaryHeight() - y)];
	});
}

void tbAlpha(void *panel, double alpha) {
	later(panel, ^(TBPanel *p) {
		p.alphaValue = alpha;
	});
}

void tbShow(void *panel) {
	later(panel, ^(TBPanel *p) {
		[p orderFrontRegardless];
	});
}

// Closing a window can move the focus to another one, so it is ordered out.
void tbHide(void *panel) {
	later(panel, ^(TBPanel *p) {
		[p orderOut:nil];
	});
}

void tbClose(void *panel) {
	later(panel, ^(TBPanel *p) {
		[p orderOut:nil];
		p.contentView = nil;
		CFBridgingRelease(panel);
	});
}

void tbWatch(void) {
	dispatch_async(dispatch_get_main_queue(), ^{
		[NSNotificationCenter.defaultCenter addObserverForName:NSApplicationDidChangeScreenParametersNotification
														object:nil
														 queue:NSOperationQueue.mainQueue
													usingBlock:^(NSNotification *note) {
														tbScreensChanged();
													}];
	});
}
