#import <Cocoa/Cocoa.h>
#include "links_darwin.h"
#include "_cgo_export.h"

@interface TBLinks : NSObject
@end

@implementation TBLinks
- (void)open:(NSAppleEventDescriptor *)event withReply:(NSAppleEventDescriptor *)reply {
	NSString *url = [event paramDescriptorForKeyword:keyDirectObject].stringValue;
	if (url != nil) {
		tbOpenURL((char *)url.UTF8String);
	}
}
@end

void tbHandleURLs(void) {
	static TBLinks *links; // not retained by the event manager
	links = [[TBLinks alloc] init];
	[NSAppleEventManager.sharedAppleEventManager setEventHandler:links
													andSelector:@selector(open:withReply:)
												  forEventClass:kInternetEventClass
													 andEventID:kAEGetURL];
}

bool tbOpens(const char *scheme) {
	NSString *own = NSBundle.mainBundle.bundleIdentifier;
	CFStringRef opener = LSCopyDefaultHandlerForURLScheme((__bridge CFStringRef)[NSString stringWithUTF8String:scheme]);
	if (opener == NULL) {
		return false;
	}
	NSString *name = CFBridgingRelease(opener);
	return own != nil && [name caseInsensitiveCompare:own] == NSOrderedSame;
}

int tbSetOpens(const char *scheme) {
	NSString *own = NSBundle.mainBundle.bundleIdentifier;
	if (own == nil) {
		return -1;
	}
	return (int)LSSetDefaultHandlerForURLScheme((__bridge CFStringRef)[NSString stringWithUTF8String:scheme],
		(__bridge CFStringRef)own);
}
