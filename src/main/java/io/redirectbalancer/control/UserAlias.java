package io.redirectbalancer.control;

import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.DeleteUserResponse;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.ListUsersResponse;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.alias.UserServiceGrpc;

/** {@code service.UserService}: five calls of the other UserService, by the same handlers. */
final class UserAlias {
  private UserAlias() {}

  static ServerServiceDefinition bind(
      ServerCallHandler<CreateUserRequest, CreateUserResponse> create,
      ServerCallHandler<GetUserRequest, User> get,
      ServerCallHandler<ListUsersRequest, ListUsersResponse> list,
      ServerCallHandler<UpdateUserRequest, User> update,
      ServerCallHandler<DeleteUserRequest, DeleteUserResponse> delete) {
    return ServerServiceDefinition.builder(UserServiceGrpc.getServiceDescriptor())
        .addMethod(UserServiceGrpc.getCreateUserMethod(), create)
        .addMethod(UserServiceGrpc.getGetUserMethod(), get)
        .addMethod(UserServiceGrpc.getListUsersMethod(), list)
        .addMethod(UserServiceGrpc.getUpdateUserMethod(), update)
        .addMethod(UserServiceGrpc.getDeleteUserMethod(), delete)
        .build();
  }
}
