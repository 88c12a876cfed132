//! The public calls of the supporting contexts.

use boxoffice_acceptance::{Context, id};
use boxoffice_contracts::delivery::v1 as delivery;
use boxoffice_contracts::mypage::v1 as mypage;
use boxoffice_contracts::notification::v1 as notification;
use boxoffice_contracts::review::v1 as review;
use boxoffice_contracts::streaming::v1 as streaming;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Body, Call, encoded};

/// All of them but `ListTicketKeys`, whose request has no field to put nonsense into.
pub(super) fn all() -> Vec<Call> {
    let mut all = deliveries();
    all.extend(licenses());
    all.extend(reviews());
    all.extend(notices());
    all.extend(my_page());
    all
}

fn page() -> Value {
    json!({ "bookingId": id(), "pageSize": 3, "pageToken": "nonsense" })
}

fn deliveries() -> Vec<Call> {
    vec![
        call!(DELIVERY "delivery.v1.DeliveryService" "GetDelivery" delivery::GetDeliveryRequest,
            GET "/v1/deliveries/{deliveryId}", Body::None, false, json!({ "deliveryId": id() })),
        call!(DELIVERY "delivery.v1.DeliveryService" "ListDeliveries" delivery::ListDeliveriesRequest,
            GET "/v1/deliveries", Body::None, false, page()),
        call!(DELIVERY "delivery.v1.DeliveryService" "GetTicketQrCode" delivery::GetTicketQrCodeRequest,
            GET "/v1/deliveries/{deliveryId}/tickets/{ticketId}/qrcode", Body::None, false,
            json!({ "deliveryId": id(), "ticketId": id() })),
        call!(DELIVERY "delivery.v1.DeliveryService" "CompleteDelivery" delivery::CompleteDeliveryRequest,
            POST "/v1/deliveries/{deliveryId}:complete", Body::All, true, json!({ "deliveryId": id() })),
        call!(DELIVERY "delivery.v1.DeliveryService" "CheckInTicket" delivery::CheckInTicketRequest,
            POST "/v1/deliveries:checkIn", Body::All, true, json!({ "code": "a.b.c" })),
    ]
}

fn licenses() -> Vec<Call> {
    vec![
        call!(STREAMING "streaming.v1.StreamingService" "GetLicense" streaming::GetLicenseRequest,
            GET "/v1/licenses/{licenseId}", Body::None, false, json!({ "licenseId": id() })),
        call!(STREAMING "streaming.v1.StreamingService" "ListLicenses" streaming::ListLicensesRequest,
            GET "/v1/licenses", Body::None, false, page()),
        call!(STREAMING "streaming.v1.StreamingService" "WatchTitle" streaming::WatchTitleRequest,
            POST "/v1/licenses/{licenseId}:watch", Body::All, false, json!({ "licenseId": id() })),
    ]
}

fn reviews() -> Vec<Call> {
    vec![
        call!(REVIEW "review.v1.ReviewService" "CreateReview" review::CreateReviewRequest,
            POST "/v1/reviews", Body::All, false,
            json!({ "requestId": id(), "titleId": id(), "stars": 4, "text": "None." })),
        call!(REVIEW "review.v1.ReviewService" "GetReview" review::GetReviewRequest,
            GET "/v1/reviews/{reviewId}", Body::None, false, json!({ "reviewId": id() })),
        call!(REVIEW "review.v1.ReviewService" "ListReviews" review::ListReviewsRequest,
            GET "/v1/reviews", Body::None, false,
            json!({ "titleId": id(), "pageSize": 3, "pageToken": "nonsense" })),
        call!(REVIEW "review.v1.ReviewService" "DeleteReview" review::DeleteReviewRequest,
            DELETE "/v1/reviews/{reviewId}", Body::None, false, json!({ "reviewId": id() })),
        call!(REVIEW "review.v1.ReviewService" "GetRating" review::GetRatingRequest,
            GET "/v1/ratings/{titleId}", Body::None, false, json!({ "titleId": id() })),
    ]
}

fn notices() -> Vec<Call> {
    vec![
        call!(NOTIFICATION "notification.v1.NotificationService" "ListNotices" notification::ListNoticesRequest,
            GET "/v1/notices", Body::None, false, page()),
        call!(NOTIFICATION "notification.v1.NotificationService" "GetNotice" notification::GetNoticeRequest,
            GET "/v1/notices/{noticeId}", Body::None, false, json!({ "noticeId": id() })),
    ]
}

fn my_page() -> Vec<Call> {
    vec![
        call!(MYPAGE "mypage.v1.MyPageService" "ListMyBookings" mypage::ListMyBookingsRequest,
            GET "/v1/me/bookings", Body::None, false, json!({ "pageSize": 3, "pageToken": "nonsense" })),
        call!(MYPAGE "mypage.v1.MyPageService" "GetMyBooking" mypage::GetMyBookingRequest,
            GET "/v1/me/bookings/{bookingId}", Body::None, false, json!({ "bookingId": id() })),
        call!(MYPAGE "mypage.v1.MyPageService" "WatchMyBookings" mypage::WatchMyBookingsRequest,
            GET "/v1/me/bookings:watch", Body::None, false, json!({ "resumeToken": "nonsense" })),
        call!(MYPAGE "mypage.v1.CareService" "SearchBookings" mypage::SearchBookingsRequest,
        GET "/v1/care/bookings", Body::None, false, json!({
            "customerId": "mallory", "showingId": id(), "titleId": id(),
            "bookingStatus": "BOOKING_STATUS_PLACED", "stuckSinceTime": "2026-01-01T00:00:00Z",
            "pageSize": 3, "pageToken": "nonsense",
        })),
        call!(MYPAGE "mypage.v1.CareService" "GetCareBooking" mypage::GetCareBookingRequest,
            GET "/v1/care/bookings/{bookingId}", Body::None, false, json!({ "bookingId": id() })),
    ]
}
