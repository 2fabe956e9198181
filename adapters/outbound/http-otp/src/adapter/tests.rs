mod otp;
mod passwords;
