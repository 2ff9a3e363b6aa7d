// What the desktop's Objective-C files use of Apple's frameworks and GNUstep's headers do not declare, as Apple documents it: Grand Central Dispatch, Core Graphics, LaunchServices,
// layers, tracking areas and Apple events. For reading the files with a compiler where there is no Mac; nothing is linked or run.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#import <AppKit/AppKit.h>
#import <Foundation/Foundation.h>

typedef struct dispatch_queue_s *dispatch_queue_t;
typedef struct dispatch_semaphore_s *dispatch_semaphore_t;
typedef uint64_t dispatch_time_t;
dispatch_semaphore_t dispatch_semaphore_create(intptr_t);
intptr_t dispatch_semaphore_signal(dispatch_semaphore_t);
intptr_t dispatch_semaphore_wait(dispatch_semaphore_t, dispatch_time_t);
dispatch_queue_t dispatch_get_main_queue(void);
dispatch_time_t dispatch_time(dispatch_time_t, int64_t);
void dispatch_async(dispatch_queue_t, void (^)(void));
#define DISPATCH_TIME_NOW 0ull
#define NSEC_PER_SEC 1000000000ull

typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;
typedef const struct __CFData *CFDataRef;
static inline CFTypeRef CFBridgingRetain(id x) { return (__bridge_retained CFTypeRef)x; }
static inline id CFBridgingRelease(CFTypeRef x) { return (__bridge_transfer id)x; }

typedef struct CGColorSpace *CGColorSpaceRef;
typedef struct CGDataProvider *CGDataProviderRef;
typedef struct CGImage *CGImageRef;
typedef uint32_t CGBitmapInfo;
enum { kCGImageAlphaLast = 3 };
typedef enum { kCGRenderingIntentDefault } CGColorRenderingIntent;
extern const CFStringRef kCGColorSpaceSRGB;
CGColorSpaceRef CGColorSpaceCreateWithName(CFStringRef);
void CGColorSpaceRelease(CGColorSpaceRef);
CGDataProviderRef CGDataProviderCreateWithCFData(CFDataRef);
void CGDataProviderRelease(CGDataProviderRef);
CGImageRef CGImageCreate(size_t, size_t, size_t, size_t, size_t, CGColorSpaceRef, CGBitmapInfo, CGDataProviderRef, const CGFloat *, bool, CGColorRenderingIntent);
void CGImageRelease(CGImageRef);

typedef int32_t OSStatus;
CFStringRef LSCopyDefaultHandlerForURLScheme(CFStringRef);
OSStatus LSSetDefaultHandlerForURLScheme(CFStringRef, CFStringRef);

@interface CALayer : NSObject
@property(strong) id contents;
@property CGFloat contentsScale;
@end

@interface NSView (Apple)
@property BOOL wantsLayer;
@property(strong) CALayer *layer;
@property(readonly, copy) NSArray *trackingAreas;
- (void)updateTrackingAreas;
- (void)addTrackingArea:(NSTrackingArea *)area;
- (void)removeTrackingArea:(NSTrackingArea *)area;
@end

enum { keyDirectObject = 0x2d2d2d2d, kInternetEventClass = 0x4755524c, kAEGetURL = 0x4755524c };

@interface NSAppleEventDescriptor (Apple)
@property(readonly, copy) NSString *stringValue;
- (NSAppleEventDescriptor *)paramDescriptorForKeyword:(uint32_t)keyword;
@end

@interface NSAppleEventManager (Apple)
@property(class, readonly, strong) NSAppleEventManager *sharedAppleEventManager;
- (void)setEventHandler:(id)handler andSelector:(SEL)selector forEventClass:(uint32_t)eventClass andEventID:(uint32_t)eventID;
@end
