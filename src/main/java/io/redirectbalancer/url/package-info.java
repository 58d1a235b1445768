/** What a video URL is: its rules, the domains of origins, and how untrusted text is quoted. */
@NullMarked
package io.redirectbalancer.url;

import org.jspecify.annotations.NullMarked;
